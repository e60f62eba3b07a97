// HTTP clients and every outcome of a reading: ThingsBoard's device API, line protocol, JSON, CSV, what is wrong with a
// reading and where that is seen; and what a resend does across kill -9.
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Server, scratch, token, check, equal, until, cases } from './lib.mjs';
import { day, addDevice, addThing, readings, values, count, grows, health, client, RawClient } from './town.mjs';

const data = scratch('http-clients');
const admin = token(data, 'admin');
const ingest = token(data, 'ingest');
const bus = token(data, 'bus');
const options = { args: ['--auto-claim'], env: { QALA_MQTT_DEVICE_MESSAGES_PER_SECOND: '50' } };
const server = await new Server(data, options).start();

const write = (body, { query = 'precision=ms', headers, path = '/api/v2/write' } = {}) =>
  server.request('POST', `${path}?${query}`, { body, token: ingest, scheme: 'Token', headers });
const post = (path, body, headers) => server.request('POST', path, { body, token: ingest, headers });
const restart = async () => {
  await server.kill();
  await server.start();
};

await cases({
  "ThingsBoard's device API": async () => {
    const device = await addDevice(server, admin, { key: 'tb-http' });
    const say = (verb, payload) => server.request('POST', `/api/v1/${device.token}/${verb}`, { body: JSON.stringify(payload), headers: { 'content-type': 'application/json' } });
    for (const [verb, payload] of [['telemetry', { t: 1 }], ['telemetry', { ts: day + 1, values: { t: 2, on: true } }], ['telemetry', [{ ts: day + 2, values: { t: 3 } }]], ['attributes', { model: 'X1' }]]) {
      const answer = await say(verb, payload);
      equal([answer.status, answer.text], [200, ''], `${verb} ${JSON.stringify(payload)}`);
    }
    equal((await values(server, admin, device.key, 't')).sort(), [1, 2, 3], 'values');
    equal(await values(server, admin, device.key, 'model'), ['X1'], 'attribute');
    await grows(server, admin, 'malformed', 1, async () => equal((await server.request('POST', `/api/v1/${device.token}/telemetry`, { body: '{"t":' })).status, 400, 'malformed'));
    await grows(server, admin, 'credentials', 1, async () => equal((await server.request('POST', '/api/v1/not-a-token-of-ours/telemetry', { body: '{"t":1}' })).status, 401, 'unknown token'));
  },

  'who is unknown is told so before his body is read': async () => {
    const [host, port] = server.http.split(':');
    const told = (method, path, authorization) => new Promise((done, failed) => {
      const socket = connect(Number(port), host, () => socket.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${authorization}Content-Length: 33000000\r\n\r\n`));
      socket.setTimeout(20_000, () => socket.destroy(new Error(`${path}: no answer`)));
      socket.once('data', (bytes) => (done(Number(String(bytes).split(' ')[1])), socket.destroy()));
      socket.on('error', failed);
    });
    const large = [['POST', '/api/v2/write'], ['POST', '/write'], ['POST', '/api/v2/readings'], ['POST', '/api/v1/things/import'], ['PUT', '/api/v1/town/plan'], ['POST', '/v1.1/CreateObservations'], ['POST', '/api/v1/codecs'], ['PUT', '/api/v1/things/1/photo']];
    for (const [method, path] of large) {
      equal(await told(method, path, ''), 401, path);
      equal(await told(method, path, 'Authorization: Bearer not-a-token-of-ours\r\n'), 401, `${path} with a wrong token`);
    }
    equal(await told('POST', '/api/v1/not-a-token-of-ours/telemetry', ''), 401, 'a device');
  },

  'line protocol: precisions, gzip, both addresses': async () => {
    const at = { ns: `${day}000000`, us: `${day}000`, ms: String(day), s: String(day / 1000) };
    for (const [precision, time] of Object.entries(at)) {
      equal((await write(`telemetry,thing=lp v_${precision}=1.5 ${time}`, { query: `precision=${precision}` })).status, 204, precision);
      equal(await readings(server, admin, 'lp', `v_${precision}`), [[day, 1.5, 0]], `the time in ${precision}`);
    }
    equal((await write(`telemetry,thing=lp nothing=1 ${at.ns}`, { query: '' })).status, 204, 'nanoseconds if nothing is said');
    for (const [precision, time] of [['n', at.ns], ['u', at.us], ['m', String(day / 60_000)], ['h', String(day / 3_600_000)]]) {
      equal((await write(`telemetry,thing=lp old_${precision}=2 ${time}`, { path: '/write', query: `db=x&precision=${precision}` })).status, 204, `/write ${precision}`);
      equal(await readings(server, admin, 'lp', `old_${precision}`), [[day, 2, 0]], `the time in ${precision}`);
    }
    const many = Array.from({ length: 5000 }, (_, i) => `telemetry,thing=lp packed=${i}i ${day + i}`).join('\n');
    equal((await write(gzipSync(many), { headers: { 'content-encoding': 'gzip' } })).status, 204, 'gzip');
    equal((await values(server, admin, 'lp', 'packed')).length, 5000, 'all of it');
    equal((await write(`weather,station=N1,host=lp temp=1,hum=2 ${day}\n# a comment\n\nweather,host=lp value=3 ${day}`)).status, 204, 'other measurements');
    equal((await write('x v=1', { query: 'precision=weeks' })).status, 400, 'an unknown precision');
    equal((await server.request('POST', '/api/v2/write', { body: 'x v=1' })).status, 401, 'no token');
    equal((await server.request('POST', '/write?db=x&precision=ms&u=me&p=' + ingest, { body: `telemetry,thing=lp byp=1 ${day}` })).status, 204, 'the token as password');
  },

  'a partial failure is answered line by line, good lines are kept': async () => {
    const lines = ['telemetry,thing=part v=1 ' + (day + 1), 'telemetry,thing=part v=', 'telemetry,thing=part v=2 ' + (day + 2), 'no fields here', 'telemetry,thing=part v=3 soon',
      `telemetry,thing=part v=NaN ${day + 4}`, `telemetry,thing=part v=5 ${Date.now() + 864e5}`, `telemetry,thing=part v=6 1000`, `telemetry,thing=part v=7 ${day + 7}`];
    const answer = await grows(server, admin, 'future', 1, () => write(lines.join('\n')));
    equal(answer.status, 400, 'some are bad');
    equal([answer.json.code, answer.json.accepted, answer.json.rejected], ['invalid', 3, 6], 'how many');
    equal(answer.json.lines.map((l) => l.line).sort((a, b) => a - b), [2, 4, 5, 6, 7, 8], 'which lines');
    equal(answer.json.lines.filter((l) => l.line > 5).map((l) => [l.line, l.reason]), [[6, 'nan'], [7, 'future'], [8, 'clock_unset']], 'and why');
    equal(await values(server, admin, 'part', 'v'), [1, 2, 7], 'what was good is there');
  },

  'JSON and CSV': async () => {
    const time = new Date(day).toISOString();
    const json = [{ thing: 'table', key: 'a', time, value: 1.20 }, { thing: 'table', key: 'a', time: day + 1, value: 2 }, { thing: 'table', key: 'f', time, value: 212, unit: '°F' }, { thing: 'table', key: 's', time, value: 'open' }];
    equal((await post('/api/v2/readings', JSON.stringify(json), { 'content-type': 'application/json' })).status, 204, 'JSON');
    equal(await values(server, admin, 'table', 'a'), [1.2, 2], 'values');
    equal((await values(server, admin, 'table', 'f')).map((v) => Math.round(v * 1000) / 1000), [100], 'a unit is converted');
    const csv = `thing,key,time,value,unit\ntable,c,${time},1,\n"table",c,${day + 1},2,\ntable,c,yesterday,3,\ntable,c,${day + 3},4,furlong\ntable,c,${day + 4},nan,\ntable,c,${day + 5},5,kW\n`;
    const answer = await grows(server, admin, 'unit', 1, () => post('/api/v2/readings', csv, { 'content-type': 'text/csv' }));
    equal([answer.status, answer.json.lines.map((l) => [l.line, l.reason])], [400, [[4, 'syntax'], [5, 'unit'], [6, 'nan']]], 'bad lines of the CSV');
    equal(await values(server, admin, 'table', 'c'), [1, 2, 5000], 'the good ones');
    equal((await post('/api/v2/readings', '{"thing":', { 'content-type': 'application/json' })).status, 400, 'no JSON');
    equal((await post('/api/v2/readings', 'a,b\n1,2\n', { 'content-type': 'text/csv' })).status, 400, 'no header');
  },

  'late, out of order, twice, corrected': async () => {
    const times = [50, 10, 40, 20, 30];
    for (const t of times) equal((await write(`telemetry,thing=mixed v=${t} ${day + t}`)).status, 204, 'in any order');
    equal(await values(server, admin, 'mixed', 'v'), [10, 20, 30, 40, 50], 'by time');
    await grows(server, admin, 'duplicates', 2, () => write(`telemetry,thing=mixed v=10 ${day + 10}\ntelemetry,thing=mixed v=20 ${day + 20}`));
    await grows(server, admin, 'corrected', 1, () => write(`telemetry,thing=mixed v=21 ${day + 20}`));
    equal(await values(server, admin, 'mixed', 'v'), [10, 21, 30, 40, 50], 'the later value wins');
    const old = Date.now() - 40 * 864e5;
    await write(`telemetry,thing=mixed old=2 ${old + 1000}`);
    await write(`telemetry,thing=mixed old=1 ${old}`);
    equal(await values(server, admin, 'mixed', 'old'), [1, 2], 'weeks late');
    const total = await count(server, admin);
    await restart();
    equal(await count(server, admin), total, 'the same count after kill -9');
    await grows(server, admin, 'duplicates', 1, () => write(`telemetry,thing=mixed v=10 ${day + 10}`));
    equal(await values(server, admin, 'mixed', 'v'), [10, 21, 30, 40, 50], 'and the same values');
  },

  'implausible and oversized values': async () => {
    // Who is refused before the body is read may be cut off while still sending, and not see the answer: it tries again.
    const insist = async (send, tries = 10) => {
      try {
        return await send();
      } catch (error) {
        if (tries <= 1 || !['EPIPE', 'ECONNRESET'].includes(error.code)) throw error;
        return insist(send, tries - 1);
      }
    };
    await grows(server, admin, 'out_of_range', 1, () => write(`telemetry,thing=odd temperature=900 ${day}`));
    const [[, value, flags]] = await readings(server, admin, 'odd', 'temperature');
    check(value === 900 && flags !== 0, 'kept, with a flag');
    const long = await grows(server, admin, 'oversized', 1, () => write(`telemetry,thing=odd note="${'x'.repeat(70_000)}" ${day}\ntelemetry,thing=odd fine=1 ${day}`));
    equal([long.status, long.json.accepted], [400, 1], 'a line that is too long');
    equal((await insist(() => post('/api/v2/write', 'x'.repeat(33 << 20)))).status, 413, 'a body that is too long');
    const bomb = gzipSync(Buffer.alloc(200 << 20));
    equal((await insist(() => write(bomb, { headers: { 'content-encoding': 'gzip' } }))).status, 413, 'a body that unpacks to too much');
    equal((await health(server, admin)).state, 'ok', 'the town does not mind');
  },

  'Idempotency-Key, also across kill -9': async () => {
    const body = 'telemetry,thing=idem v=1\ntelemetry,thing=idem w=2'; // no times: only the key can tell
    const send = (key, text = body) => write(text, { headers: { 'idempotency-key': key } });
    equal([(await send('k-1')).status, (await send('k-1')).status], [204, 204], 'answered alike');
    equal((await values(server, admin, 'idem', 'v')).length, 1, 'stored once');
    await restart();
    equal((await send('k-1')).status, 204, 'answered alike after kill -9');
    equal((await values(server, admin, 'idem', 'v')).length, 1, 'stored once after kill -9');
    equal((await send('k-1', 'telemetry,thing=idem v=9')).status, 409, 'another body with the same key');
    equal((await send('k-2')).status, 204, 'another key');
    equal((await values(server, admin, 'idem', 'v')).length, 2, 'is another reading');
    const mixed = await send('k-3', `telemetry,thing=idem x=1\nrubbish`);
    const again = await send('k-3', `telemetry,thing=idem x=1\nrubbish`);
    equal([mixed.status, again.status, again.json.lines.length], [400, 400, 1], 'a partial failure is answered as before');
    equal((await values(server, admin, 'idem', 'x')).length, 1, 'and stored once');
  },

  'QoS 1 with DUP in a persistent session is stored once, also across kill -9': async () => {
    const device = await addDevice(server, admin, { key: 'dup' });
    const payload = '{"n":1}';
    const publish = (raw, messageId, dup, text = payload) => raw.send({ cmd: 'publish', topic: 'v1/devices/me/telemetry', payload: text, qos: 1, messageId, dup, retain: false });
    let raw = new RawClient(server.mqtt);
    await raw.connect(device.token, 'dup-1', false);
    publish(raw, 7, false);
    await raw.answer('puback');
    publish(raw, 7, true);
    await raw.answer('puback');
    raw.end();
    equal((await values(server, admin, 'dup', 'n')).length, 1, 'once');
    await restart();
    raw = new RawClient(server.mqtt);
    check((await raw.connect(device.token, 'dup-1', false)).sessionPresent, 'the session is still there');
    publish(raw, 7, true);
    await raw.answer('puback');
    equal((await values(server, admin, 'dup', 'n')).length, 1, 'once after kill -9');
    publish(raw, 7, false);
    await raw.answer('puback');
    publish(raw, 7, true, '{"n":2}');
    await raw.answer('puback');
    equal((await values(server, admin, 'dup', 'n')).sort(), [1, 1, 2], 'without DUP, or with another payload, it is another reading');
    raw.end();
  },

  'QoS 2 is stored once, also when it is sent again after kill -9': async () => {
    const device = await addDevice(server, admin, { key: 'twice' });
    const publish = (raw, dup) => raw.send({ cmd: 'publish', topic: 'v1/devices/me/telemetry', payload: `{"ts":${day + 5},"values":{"n":5}}`, qos: 2, messageId: 9, dup, retain: false });
    let raw = new RawClient(server.mqtt);
    await raw.connect(device.token, 'twice-1', false);
    publish(raw, false);
    await raw.answer('pubrec');
    raw.end();
    await restart();
    raw = new RawClient(server.mqtt);
    await raw.connect(device.token, 'twice-1', false);
    publish(raw, true);
    await raw.answer('pubrec');
    raw.send({ cmd: 'pubrel', messageId: 9 });
    await raw.answer('pubcomp');
    equal(await values(server, admin, 'twice', 'n'), [5], 'once');
    raw.end();
  },

  'what waits for a bus client is still there after kill -9': async () => {
    const sleeper = { username: bus, clientId: 'sleeper', clean: false, protocolVersion: 4 };
    const first = await client(server.mqtt, sleeper);
    await first.subscribeAsync('town/night', { qos: 1 });
    await first.endAsync();
    const loud = await client(server.mqtt, { username: bus, protocolVersion: 5 });
    await loud.publishAsync('town/night', 'while you slept', { qos: 1 });
    await loud.publishAsync('town/board', 'kept', { qos: 1, retain: true });
    await loud.endAsync(true);
    await restart();
    const again = await client(server.mqtt, sleeper);
    await again.subscribeAsync('town/board', { qos: 1 });
    const heard = await until('both', () => again.received.length >= 2 && again.received, 20);
    equal(heard.map((m) => m.text).sort(), ['kept', 'while you slept'], 'queued and retained');
    await again.endAsync(true);
  },

  'unclaimed devices and their readings survive kill -9': async () => {
    const gateway = await addDevice(server, admin, { key: 'gw', kind: 'gateway' });
    await addThing(server, admin, { key: 'elsewhere' });
    const sender = await client(server.mqtt, { username: gateway.token, protocolVersion: 5 });
    await sender.publishAsync('v1/gateway/telemetry', JSON.stringify({ elsewhere: [{ ts: day + 1, values: { v: 1 } }] }), { qos: 1 });
    await sender.endAsync(true);
    await restart();
    const waiting = (await server.get('/api/v1/unclaimed', admin)).devices.find((d) => d.key === 'elsewhere');
    equal(waiting?.readings, 1, 'it still waits');
    equal((await server.request('POST', `/api/v1/unclaimed/${waiting.id}/claim`, { token: admin, body: '{"key":"found"}' })).status, 200, 'claimed');
    await restart();
    equal(await values(server, admin, 'found', 'v'), [1], 'its reading is there');
  },

  'a device that sends too much is slowed down, not lost': async () => {
    const device = await addDevice(server, admin, { key: 'chatty' });
    const sender = await client(server.mqtt, { username: device.token, protocolVersion: 5 });
    const began = process.hrtime.bigint();
    await Promise.all(Array.from({ length: 200 }, (_, i) => sender.publishAsync('v1/devices/me/telemetry', `{"ts":${day + i},"values":{"n":${i}}}`, { qos: 1 })));
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    check(seconds >= 1.8, `200 messages at 50 a second after a burst of 100 took ${seconds} s`);
    equal((await values(server, admin, 'chatty', 'n')).length, 200, 'all are there');
    await sender.endAsync(true);
  },

  'SIGTERM ends it with 0': async () => equal(await server.stop(), 0, 'exit code'),
});
