// LoRaWAN through the webhooks: recorded messages of both servers, kills in between, repetitions, a hostile codec that is
// caught, shown and enabled again, a corrected codec run over the past.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, check, equal, until, cases, root } from './lib.mjs';

const recorded = join(process.env.QALA_TEST_SHARED ?? join(root, '../shared'), 'testdata/lns-uplinks');

const thermometer = `function decodeUplink(input) {
  if (input.fPort === 9) while (true) {}
  var raw = input.bytes[0] << 8 | input.bytes[1];
  if (raw === 0xffff) return { errors: ['the sensor is broken'] };
  return { data: { temperature: raw / 10, battery: input.bytes[2] } };
}`;
const fields = [
  { path: 'data.temperature', datastream: 'temperature', property: 'temperature', unit: '°C' },
  { path: 'data.battery', datastream: 'battery', property: 'battery', unit: '%' },
];
const begin = Date.parse('2026-01-17T00:00:00Z');
const hex = (celsius) => [...Buffer.from([Math.round(celsius * 10) >> 8, Math.round(celsius * 10) & 255, 90])];
const up = (eui, fCnt, celsius, more = {}) => JSON.stringify({
  deduplicationId: `${eui}-${fCnt}`, time: new Date(begin + fCnt * 60_000).toISOString(),
  deviceInfo: { applicationId: 'app', deviceName: `sensor ${eui}`, devEui: eui }, devAddr: '00189440', fCnt, fPort: 2,
  data: Buffer.from(hex(celsius)).toString('base64'), rxInfo: [{ gatewayId: 'g', rssi: -97, snr: 4.5 }],
  txInfo: { modulation: { lora: { spreadingFactor: 10 } } }, ...more,
});

class Town {
  async start(name) {
    this.data = scratch(name);
    this.admin = token(this.data, 'admin');
    this.ingest = token(this.data, 'ingest', 'chirpstack');
    this.server = await new Server(this.data).start();
    return this;
  }
  async again() {
    await this.server.kill();
    this.server = await new Server(this.data).start();
  }
  async ask(method, path, body, status = 200) {
    const answer = await this.server.request(method, `/api/v1${path}`, { token: this.admin, body: body === undefined ? undefined : JSON.stringify(body) });
    equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    return answer.text ? answer.json : undefined;
  }
  hook(body, { way = 'chirpstack?event=up', as = this.ingest } = {}) {
    return this.server.request('POST', `/api/v1/lorawan/${way}`, { token: as, body });
  }
  async send(...message) {
    equal((await this.hook(up(...message))).status, 204, 'the webhook is answered');
  }
  device(eui) {
    return this.ask('GET', '/lorawan/devices').then((all) => all.find((one) => one.dev_eui === eui));
  }
  async profile(script = thermometer) {
    const codec = await this.ask('POST', '/codecs', { name: 'T1', script }, 201);
    const profile = await this.ask('POST', '/device-profiles', { name: 'T1', decoder: { kind: 'codec', codec: codec.id }, fields }, 201);
    return { codec, profile };
  }
  async stream(eui, key) {
    const { thing } = await this.device(eui);
    const { datastreams } = await this.ask('GET', `/things/${thing}`);
    return datastreams.find((one) => one.key === key)?.id;
  }
  async values(eui, key) {
    const id = await this.stream(eui, key);
    return (await this.ask('GET', `/datastreams/${id}/observations?from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z`)).values;
  }
  async stop() {
    equal(await this.server.stop(), 0, 'SIGTERM');
  }
}
const A = '0102030405060708';
const B = '1112131415161718';

await cases({
  'recorded messages of both servers are taken, and a device nobody knows is decoded once it is assigned': async () => {
    const town = await new Town().start('lorawan-recorded');
    if (!existsSync(recorded)) {
      console.log(`SKIPPED  no recorded messages in ${recorded}`);
    } else {
      for (const file of readdirSync(recorded).filter((name) => name.endsWith('.json'))) {
        const event = file.match(/^chirpstack-v4-(\w+)\.json$/)?.[1];
        const answer = await town.hook(readFileSync(join(recorded, file), 'utf8'), { way: event ? `chirpstack?event=${event}` : 'tts' });
        equal(answer.status, 204, `${file}: ${answer.text}`);
      }
      equal((await town.device('0101010101010101')).battery, 88.3, 'what the status message says');
      const [heard] = await town.ask('GET', '/lorawan/devices/0101010101010101/uplinks');
      equal([heard.bytes, heard.f_port, heard.at], ['aa', 1, '2022-07-18T09:34:15.775023242Z'], 'the recorded uplink');
    }
    await town.send(A, 1, 21.5);
    equal((await town.device(A)).state, 'unknown', 'nobody knows it');
    const { profile } = await town.profile();
    equal((await town.ask('PUT', `/lorawan/devices/${A}`, { profile: profile.id, thing: null, name: 'Hall' })).state, 'assigned', 'the device');
    await until('what was kept is decoded', async () => (await town.values(A, 'temperature')).length === 1, 20);
    await town.send(A, 3, 22);
    equal((await town.values(A, 'temperature')).map(([, value]) => value), [21.5, 22], 'temperatures');
    equal((await town.values(A, 'rssi')).map(([, value]) => value), [-97, -97], 'the signal');
    equal((await town.values(A, 'link_margin')).map(([, value]) => value), [19.5, 19.5], 'its margin at SF10');
    equal((await town.values(A, 'frames_lost')).map(([, value]) => value), [0, 1], 'a frame that did not come');
    const device = await town.device(A);
    equal([device.received, device.lost, device.battery, device.f_cnt], [2, 1, 90, 3], 'the device');
    await town.stop();
  },

  'nothing acknowledged is lost by kill -9, and nothing comes twice': async () => {
    const town = await new Town().start('lorawan-kill');
    const { profile } = await town.profile();
    await town.ask('PUT', `/lorawan/devices/${A}`, { profile: profile.id, name: 'Hall' });
    const acknowledged = new Set();
    let next = 0;
    for (let round = 0; round < 4; round++) {
      const sent = [];
      for (let i = 0; i < 60; i++) {
        const fCnt = next++;
        sent.push(town.hook(up(A, fCnt, fCnt / 10)).then((answer) => answer.status === 204 && acknowledged.add(fCnt), () => {}));
      }
      await Promise.any(sent.map((one) => one.then((done) => done || Promise.reject(new Error('not yet')))));
      await town.again();
      await Promise.all(sent);
    }
    check(acknowledged.size > 3, `${acknowledged.size} were acknowledged before a kill`);
    const tenths = async () => (await town.values(A, 'temperature')).map(([, value]) => Math.round(value * 10));
    const kept = new Set(await tenths());
    equal([...acknowledged].filter((fCnt) => !kept.has(fCnt)), [], 'acknowledged, and lost');
    for (let fCnt = 0; fCnt < next; fCnt++) equal((await town.hook(up(A, fCnt, fCnt / 10))).status, 204, 'sent once more');
    await until('all are decoded', async () => (await tenths()).length === next, 30);
    equal(await tenths(), [...Array(next).keys()], 'each once, in order');
    const { duplicates } = (await town.ask('GET', '/lorawan/sources')).find((one) => one.name === 'chirpstack');
    check(duplicates >= acknowledged.size, `${duplicates} repetitions are counted`);
    await town.stop();
  },

  'a hostile codec is caught, shown, stays disabled over a restart, and what it left is decoded when it is enabled': async () => {
    const town = await new Town().start('lorawan-hostile');
    const { codec, profile } = await town.profile();
    for (const eui of [A, B]) await town.ask('PUT', `/lorawan/devices/${eui}`, { profile: profile.id });
    for (let fCnt = 1; fCnt <= 3; fCnt++) equal((await town.hook(up(A, fCnt, 20, { fPort: 9 }))).status, 204, 'a payload that hangs the codec');
    await until('the codec is disabled', async () => (await town.ask('GET', `/codecs/${codec.id}`)).disabled, 20);
    check((await town.ask('GET', `/codecs/${codec.id}`)).reason.includes('longer than 100 ms'), 'and it says why');
    const alarms = await until('the alarm', async () => {
      const open = (await town.ask('GET', '/alarms?state=open')).alarms.filter((alarm) => alarm.rule === 'codec_disabled');
      return open.length && open;
    }, 20);
    equal(alarms.map(({ severity, condition }) => [severity, condition]), [[2, 'active']], 'alarms');
    const problem = await until('the health page', async () => (await town.ask('GET', '/health')).problems.find(({ code }) => code === 'codec.disabled'), 20);
    equal(problem.params.names, 'T1', 'names the codec');
    await town.again();
    check((await town.ask('GET', `/codecs/${codec.id}`)).disabled, 'over a restart');
    await town.send(B, 1, 19);
    equal((await town.ask('GET', `/lorawan/devices/${B}/uplinks`))[0].state, 'held', 'an innocent payload waits');
    equal((await town.ask('POST', `/codecs/${codec.id}/enable`, {})).disabled, false, 'enabled');
    await until('it is decoded', async () => (await town.values(B, 'temperature')).map(([, value]) => value).join() === '19', 20);
    await until('the alarm is cleared', async () => (await town.ask('GET', '/alarms?state=open')).alarms
      .filter((alarm) => alarm.rule === 'codec_disabled').every(({ condition }) => condition === 'cleared'), 20);
    await town.stop();
  },

  'a corrected codec is run over the past and corrects, it does not double': async () => {
    const town = await new Town().start('lorawan-rerun');
    const { codec, profile } = await town.profile(thermometer.replace('/ 10', '/ 100'));
    await town.ask('PUT', `/lorawan/devices/${A}`, { profile: profile.id });
    for (let fCnt = 0; fCnt < 5; fCnt++) await town.send(A, fCnt, 20 + fCnt);
    equal((await town.values(A, 'temperature')).map(([, value]) => value), [2, 2.1, 2.2, 2.3, 2.4], 'wrong by ten');
    await town.ask('PUT', `/codecs/${codec.id}`, { script: thermometer });
    const done = await town.ask('POST', `/device-profiles/${profile.id}/rerun`, { from: '2026-01-17T00:01:00Z' });
    equal([done.uplinks, done.readings, done.failed], [4, 4, 0], 'what was done');
    equal((await town.values(A, 'temperature')).map(([, value]) => value), [2, 21, 22, 23, 24], 'corrected, and the first is as it was');
    await town.stop();
  },

  'who may, what is refused, and what it says': async () => {
    const town = await new Town().start('lorawan-refused');
    const reader = token(town.data, 'read');
    equal((await town.hook(up(A, 1, 20), { as: reader })).status, 401, 'a token that may not send');
    equal((await town.hook(up(A, 1, 20), { as: 'nonsense' })).status, 401, 'no token at all');
    const bad = await town.hook('{"deviceInfo":{"devEui":"12"}}');
    equal([bad.status, bad.json.error.kind], [400, 'invalid'], 'what is no message');
    const { rejects } = await town.ask('GET', '/health');
    check(rejects.find(({ reason }) => reason === 'malformed')?.samples[0].text.includes('devEui'), 'is counted with a sample');
    const broken = await town.server.request('POST', '/api/v1/codecs', { token: town.admin, body: JSON.stringify({ name: 'x', script: 'function decodeUplink( {' }) });
    equal([broken.status, broken.json.error.code], [422, 'codec.syntax'], 'a script with a mistake');
    check(/line \d+, column \d+/.test(broken.json.error.message), broken.json.error.message);
    const loop = await town.ask('POST', '/codecs/try', { script: 'function decodeUplink() { while (true) {} }', bytes: '' });
    equal([loop.outcome, loop.answer.errors], ['stopped', ['stopped after 100 ms']], 'a script that is only tried');
    const { codec, profile } = await town.profile();
    await town.ask('PUT', `/lorawan/devices/${A}`, { profile: profile.id });
    equal((await town.hook(up(A, 1, 0, { data: Buffer.from([255, 255, 0]).toString('base64') }))).status, 204, 'a payload the codec refuses');
    const [failed] = await town.ask('GET', `/lorawan/devices/${A}/uplinks`);
    equal([failed.state, failed.problem, failed.bytes], ['failed', 'the sensor is broken', 'ffff00'], 'is kept with the reason');
    equal((await town.ask('GET', `/codecs/${codec.id}`)).last_failure.words, 'the sensor is broken', 'the codec says so');
    const file = await town.ask('GET', `/device-profiles/${profile.id}/file`);
    equal(file.codec.script, thermometer, 'a profile is a file with its script');
    const other = await new Town().start('lorawan-shared');
    const taken = await other.ask('POST', '/device-profiles/file', file, 201);
    await other.ask('PUT', `/lorawan/devices/${B}`, { profile: taken.id });
    await other.send(B, 1, 18.5);
    equal((await other.values(B, 'temperature')).map(([, value]) => value), [18.5], 'and works elsewhere');
    await other.stop();
    await town.stop();
  },
});
