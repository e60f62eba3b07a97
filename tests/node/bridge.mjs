// Bridges to a real Mosquitto: recorded messages of ChirpStack and The Things Stack become readings through a codec; kills
// before the commit and between commit and acknowledgement; outages of either side; downlinks; passwords, TLS; telemetry.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, check, equal, until, cases, root } from './lib.mjs';
import { addThing, values } from './town.mjs';
import { Mosquitto, Wire, freePort, packet } from './mosquitto.mjs';

const recorded = join(process.env.QALA_TEST_SHARED ?? join(root, '../shared'), 'testdata/lns-uplinks');
const begin = Date.parse('2026-01-17T00:00:00Z');
const secret = 'a-secret-of-the-broker';
const A = '0102030405060708';
const topicOf = (eui, event = 'up') => `application/17c82e96/device/${eui}/event/${event}`;

const codec = `function decodeUplink(input) {
  return { data: { temperature: (input.bytes[0] << 8 | input.bytes[1]) / 10 } };
}
function encodeDownlink(input) { return { bytes: [input.data.minutes], fPort: 10 }; }`;
const fields = [{ path: 'data.temperature', datastream: 'temperature', property: 'temperature', unit: '°C' }];
// After ChirpStack's documentation of its events, in the JSON mapping of proto3.
const up = (eui, fCnt, celsius) => JSON.stringify({
  deduplicationId: `${eui}-${fCnt}`, time: new Date(begin + fCnt * 60_000).toISOString(),
  deviceInfo: { tenantName: 'Town', applicationId: '17c82e96', applicationName: 'Schools', deviceProfileName: 'T1', deviceName: `sensor ${eui}`, devEui: eui },
  devAddr: '00189440', dr: 1, fCnt, fPort: 2, data: Buffer.from([Math.round(celsius * 10) >> 8, Math.round(celsius * 10) & 255]).toString('base64'),
  rxInfo: [{ gatewayId: '0016c001f153a14c', uplinkId: 4217106255, rssi: -97, snr: 4.5 }],
  txInfo: { frequency: 867100000, modulation: { lora: { bandwidth: 125000, spreadingFactor: 10, codeRate: 'CR_4_5' } } },
});

class Town {
  // `bridges`: tables of the settings, as text. `more`: what stands before them.
  constructor(name, bridges, more = '') {
    this.data = scratch(name);
    this.settings = join(scratch(`${name}-settings`), 'qala.toml');
    writeFileSync(this.settings, more + bridges);
    this.admin = token(this.data, 'admin');
  }
  async start() {
    this.server = await new Server(this.data, { args: ['--config', this.settings] }).start();
    return this;
  }
  async ask(method, path, body, status = 200) {
    const answer = await this.server.request(method, `/api/v1${path}`, { token: this.admin, body: body === undefined ? undefined : JSON.stringify(body) });
    equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    return answer.text ? answer.json : undefined;
  }
  bridge(name = 'lns') {
    return this.ask('GET', '/health').then(({ bridges }) => bridges.find((one) => one.name === name));
  }
  is(state, name = 'lns', seconds = 40) {
    return until(`the bridge is ${state}`, async () => {
      const found = await this.bridge(name);
      if (found.state !== state) throw new Error(JSON.stringify(found));
      return found;
    }, seconds);
  }
  problem(code) {
    return this.ask('GET', '/health').then(({ problems }) => problems.find((one) => one.code === code));
  }
  async profile() {
    const made = await this.ask('POST', '/codecs', { name: 'T1', script: codec }, 201);
    return this.ask('POST', '/device-profiles', { name: 'T1', decoder: { kind: 'codec', codec: made.id }, fields }, 201);
  }
  async assign(eui) {
    return this.ask('PUT', `/lorawan/devices/${eui}`, { profile: (await this.profile()).id, name: 'Hall' });
  }
  tenths(eui = A) {
    return values(this.server, this.admin, eui, 'temperature').then((all) => all.map((value) => Math.round(value * 10)));
  }
  async stop() {
    equal(await this.server.stop(), 0, 'SIGTERM');
  }
}

const table = (name, kind, url, more = '') => `[[bridge]]\nname = "${name}"\nkind = "${kind}"\nurl = "${url}"\n${more}\n`;
const plain = (port) => `mqtt://127.0.0.1:${port}`;

await cases({
  'recorded messages of both servers come by bridge, and a value appears through the maker’s codec': async () => {
    const broker = await new Mosquitto(scratch('bridge-mosquitto'), { users: { town: secret } }).start();
    writeFileSync(join(broker.folder, 'secret'), `${secret}\n`);
    const who = `user = "town"\npassword_file = "${join(broker.folder, 'secret')}"\n`;
    const town = await new Town('bridge-recorded', table('lns', 'chirpstack', plain(broker.port), who) + table('ttn', 'tts', plain(broker.port), who)).start();
    equal([(await town.is('connected')).version, (await town.is('connected', 'ttn')).version], ['5', '3.1.1'], 'versions of MQTT');
    const lns = await broker.client();
    if (!existsSync(recorded)) {
      console.log(`SKIPPED  no recorded messages in ${recorded}`);
    } else {
      const files = readdirSync(recorded).filter((name) => name.endsWith('.json'));
      for (const file of files) {
        const event = file.match(/^chirpstack-v4-(\w+)\.json$/)?.[1];
        // Each kind of server has topics of its own; events of The Things Stack tell by themselves what they are.
        await lns.publishAsync(event ? topicOf('0101010101010101', event) : 'v3/app1@tenant/devices/dev1/up', readFileSync(join(recorded, file)), { qos: 1 });
      }
      await until('all have come', async () => (await town.bridge()).messages + (await town.bridge('ttn')).messages === files.length, 20);
      await until('and are acknowledged', async () => (await town.bridge()).unacknowledged + (await town.bridge('ttn')).unacknowledged === 0, 20);
      const [heard] = await town.ask('GET', '/lorawan/devices/0101010101010101/uplinks');
      equal([heard.bytes, heard.f_port], ['aa', 1], 'the recorded uplink');
    }
    await lns.publishAsync(topicOf(A), up(A, 1, 21.5), { qos: 1 });
    await until('the device is heard', async () => (await town.ask('GET', '/lorawan/devices')).find((one) => one.dev_eui === A), 20);
    await town.assign(A);
    await until('what was kept is decoded', async () => (await town.tenths()).join() === '215', 20);
    await lns.publishAsync(topicOf(A), up(A, 2, 22), { qos: 1 });
    await until('the next', async () => (await town.tenths()).join() === '215,220', 20);
    await lns.publishAsync(topicOf(A), 'no message at all', { qos: 1 });
    await until('nonsense is counted and acknowledged', async () => (await town.bridge()).refused === 1 && (await town.bridge()).unacknowledged === 0, 20);
    const source = (await town.ask('GET', '/lorawan/sources')).find((one) => one.name === 'lns');
    equal([source.way, source.state, source.refused], ['bridge', 'connected', 1], 'the source');
    const metrics = (await town.server.request('GET', '/metrics', { token: town.admin })).text;
    check(/^qala_bridge_connected 2$/m.test(metrics), 'both are in the metrics');
    check(/^qala_bridge_refused_total 1$/m.test(metrics), 'and what was refused');
    await lns.endAsync();
    await town.stop();
    await broker.stop();
  },

  'kill -9 between delivery and acknowledgement loses nothing and doubles nothing': async () => {
    const broker = await new Mosquitto(scratch('bridge-kill-mosquitto')).start();
    const wire = await new Wire(broker.port).start();
    const town = await new Town('bridge-kill', table('lns', 'chirpstack', plain(wire.port))).start();
    await town.is('connected');
    await town.assign(A);
    const lns = await broker.client();
    let next = 0;
    const send = async (count) => {
      for (const end = next + count; next < end; next++) await lns.publishAsync(topicOf(A), up(A, next, next / 10), { qos: 1 });
    };
    // What the wire sees, and then the server is gone: the broker's message, or our acknowledgement, kept back or let through.
    for (const [type, through] of [[packet.publish, true], [packet.puback, false], [packet.puback, true], [packet.publish, true], [packet.puback, true]]) {
      let seen = 0;
      const killed = new Promise((done) => {
        wire.see = (passing) => {
          if (passing !== type) return true;
          if (seen > 0) return through && type === packet.publish;
          seen += 1;
          const { child } = town.server;
          setImmediate(() => (child.kill('SIGKILL'), done()));
          return through;
        };
      });
      await send(12);
      await killed;
      await town.server.kill();
      wire.see = () => true;
      await town.start();
      await town.is('connected');
      await until('all have come', async () => (await town.tenths()).length === next, 30);
    }
    equal(await town.tenths(), [...Array(next).keys()], 'each once, in order');
    await lns.endAsync();
    await town.stop();
    wire.stop();
    await broker.stop();
  },

  'what comes while the broker or Qala is away comes later, and so do downlinks': async () => {
    const broker = await new Mosquitto(scratch('bridge-outage-mosquitto')).start();
    const town = await new Town('bridge-outage', table('lns', 'chirpstack', plain(broker.port))).start();
    await town.is('connected');
    await town.assign(A);
    let lns = await broker.client();
    await lns.publishAsync(topicOf(A), up(A, 0, 0), { qos: 1 });
    await until('the first', async () => (await town.tenths()).length === 1, 20);
    await town.server.kill();
    for (let fCnt = 1; fCnt < 100; fCnt++) await lns.publishAsync(topicOf(A), up(A, fCnt, fCnt / 10), { qos: 1 });
    await lns.endAsync();
    await broker.stop();
    await broker.start();
    await town.start();
    await until('what came while Qala was gone', async () => (await town.tenths()).length === 100, 40);
    equal(await town.tenths(), [...Array(100).keys()], 'each once, in order');

    await broker.stop();
    const away = await town.is('away');
    check(away.words.length > 5, `it says why: ${away.words}`);
    const told = await until('the problem is told', async () => town.problem('bridge.away'), 40);
    equal([told.severity, told.params.name], [2, 'lns'], 'with the bridge');
    const queued = await town.ask('POST', `/lorawan/devices/${A}/downlinks`, { data: { minutes: 15 } }, 201);
    equal(queued.words, 'waits until "lns" is connected', 'a downlink waits');
    await broker.start();
    lns = await broker.client({ clean: true });
    const heard = [];
    lns.on('message', (topic, payload) => heard.push({ topic, ...JSON.parse(payload) }));
    await lns.subscribeAsync('application/+/device/+/command/down', { qos: 1 });
    await town.is('connected', 'lns', 90);
    await until('the downlink is published', async () => heard.length, 20);
    equal(heard[0].topic, `application/17c82e96/device/${A}/command/down`, 'where ChirpStack listens');
    equal([heard[0].devEui, heard[0].fPort, heard[0].data, heard[0].confirmed], [A, 10, Buffer.from([15]).toString('base64'), false], 'what it says');
    const item = await until('that is noted', async () => (await town.ask('GET', `/lorawan/devices/${A}/downlinks`)).find((one) => one.words === null || one.words === ''), 20);
    equal([item.id, item.state], [queued.id, 'queued'], 'nobody said more of it yet');
    await lns.publishAsync(topicOf(A, 'ack'), JSON.stringify({ queueItemId: heard[0].id, acknowledged: true, deviceInfo: { applicationId: '17c82e96', devEui: A } }), { qos: 1 });
    await until('the device has it', async () => (await town.ask('GET', `/lorawan/devices/${A}/downlinks`))[0].state === 'acknowledged', 20);
    await until('the problem is gone', async () => !(await town.problem('bridge.away')), 20);
    await lns.publishAsync(topicOf(A), up(A, 100, 10), { qos: 1 });
    await until('it goes on', async () => (await town.tenths()).length === 101, 20);
    equal(heard.length, 1, 'the downlink went out once');
    const sent = await town.ask('POST', `/lorawan/devices/${A}/downlinks`, { bytes: '0a', f_port: 3 }, 201);
    await until('one while it is connected', async () => heard.length === 2, 20);
    equal([sent.words ?? '', heard[1].data], ['', Buffer.from([10]).toString('base64')], 'goes out at once');
    await lns.endAsync();
    await town.stop();
    await broker.stop();
  },

  'a wrong password is told, and never shown; the right one is taken without a restart': async () => {
    const broker = await new Mosquitto(scratch('bridge-password-mosquitto'), { users: { town: secret } }).start();
    const file = join(broker.folder, 'secret');
    writeFileSync(file, 'not-the-secret\n');
    const town = await new Town('bridge-password', table('lns', 'chirpstack', plain(broker.port), `user = "town"\npassword_file = "${file}"\n`)).start();
    const refused = await town.is('refused');
    check(/not authorized|wrong user or password/.test(refused.words), refused.words);
    const told = await until('it is a problem', async () => town.problem('bridge.refused'), 20);
    equal([told.severity, told.params.name], [2, 'lns'], 'with the bridge');
    writeFileSync(file, `${secret}\n`);
    await town.is('connected', 'lns', 90);
    const shown = JSON.stringify(await town.ask('GET', '/health')) + (await town.server.request('GET', '/metrics', { token: town.admin })).text + town.server.log;
    check(shown.includes('lns') && !shown.includes('not-the-secret') && !shown.includes(secret), 'no password in health, metrics or log');
    await town.stop();
    await broker.stop();
  },

  'a certificate of another authority is refused with clear words, the right one trusted': async () => {
    const folder = scratch('bridge-tls-mosquitto');
    const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    for (const name of ['broker', 'other']) {
      openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', `/CN=${name}`,
        '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', `${name}.key`, '-out', `${name}.crt`);
    }
    const file = (name) => join(folder, name);
    const broker = await new Mosquitto(folder, { tls: { certificate: file('broker.crt'), key: file('broker.key') } }).start();
    const url = `mqtts://127.0.0.1:${broker.tlsPort}`;
    const town = await new Town('bridge-tls', table('good', 'chirpstack', url, `ca_file = "${file('broker.crt')}"\n`) + table('bad', 'chirpstack', url, `ca_file = "${file('other.crt')}"\n`)).start();
    await town.is('connected', 'good');
    const refused = await town.is('refused', 'bad');
    check(/the broker's certificate is not trusted: .*other\.crt/.test(refused.words), refused.words);
    equal(refused.messages, 0, 'nothing is taken from it');
    await town.stop();
    await broker.stop();
  },

  'telemetry of another broker becomes readings of the things its topics name, over a kill, each once': async () => {
    const broker = await new Mosquitto(scratch('bridge-telemetry-mosquitto')).start();
    const wire = await new Wire(broker.port).start();
    const town = await new Town('bridge-telemetry', table('heat', 'telemetry', plain(wire.port), 'topics = ["heat/+/state"]\nthing_level = 2\n')).start();
    await town.is('connected', 'heat');
    await addThing(town.server, town.admin, { key: 'HS-7' });
    const other = await broker.client();
    const send = (thing, values) => other.publishAsync(`heat/${thing}/state`, JSON.stringify(values), { qos: 1 });
    await send('HS-7', { ts: begin, values: { supply: 83.6, pump: true } });
    const supply = () => values(town.server, town.admin, 'HS-7', 'supply');
    await until('the reading', async () => (await supply()).join() === '83.6', 20);
    await send('HS-9', { supply: 1 });
    await until('a thing that nobody knows waits', async () => (await town.ask('GET', '/unclaimed')).devices.some((one) => one.key === 'HS-9'), 20);
    await other.publishAsync('heat/HS-7/state', 'no JSON', { qos: 1 });
    await until('nonsense is counted', async () => (await town.bridge('heat')).refused === 1, 20);
    // Committed, the acknowledgement kept back, killed: the broker sends it again, without a time of its own.
    let seen = false;
    wire.see = (type) => !(type === packet.puback && (seen = true));
    await send('HS-7', { supply: 84 });
    await until('it would be acknowledged', async () => seen, 20);
    await town.server.kill();
    wire.see = () => true;
    await town.start();
    await town.is('connected', 'heat');
    await send('HS-7', { supply: 85 });
    await until('the next', async () => (await supply()).includes(85), 20);
    equal(await supply(), [83.6, 84, 85], 'each once');
    await other.endAsync();
    await town.stop();
    wire.stop();
    await broker.stop();
  },

  'a training copy takes nobody’s messages, and nobody there is said': async () => {
    const broker = await new Mosquitto(scratch('bridge-copy-mosquitto')).start();
    const nobody = await freePort();
    const copy = await new Town('bridge-copy', table('lns', 'chirpstack', plain(broker.port)), '[town]\nexercise = true\n').start();
    equal((await copy.bridge()).state, 'off', 'the copy');
    const town = await new Town('bridge-nobody', table('lns', 'chirpstack', plain(nobody))).start();
    equal((await town.is('away')).words, 'no connection: Connection refused', 'a town without its broker');
    equal((await copy.bridge()).connects, 0, 'it never was there');
    await copy.stop();
    await town.stop();
    await broker.stop();
  },
});
