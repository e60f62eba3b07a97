// Real MQTT clients against the real server: MQTT.js, mosquitto_pub and mosquitto_sub, Paho C. Devices, gateways, devices
// that nobody knows, the bus, TLS.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import https from 'node:https';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Server, scratch, token, check, equal, until, cases, qala } from './lib.mjs';
import { day, addThing, addDevice, readings, values, things, rejects, health, grows, client, refusal, messages, program, command } from './town.mjs';

const data = scratch('clients');
const admin = token(data, 'admin');
const bus = token(data, 'bus');
const provisioning = token(data, 'provisioning');
const server = await new Server(data, { args: ['--https', '127.0.0.1:0', '--mqtts', '127.0.0.1:0', '--bus', '127.0.0.1:0'] }).start();
const [host, port] = server.mqtt.split(':');
const telemetry = 'v1/devices/me/telemetry';

const mosquitto = (name, args, options) => program(`mosquitto_${name}`, ['-h', host, '-p', port, ...args], options);

// Subscribes with mosquitto_sub, which is there when it says so; `said` gives the `n` lines that it then heard.
async function mosquittoSub(args, n) {
  const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', '-d', '-h', host, '-p', port, '-C', String(n), '-W', '20', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (text) => { out += text; });
  const closed = once(child, 'close');
  await until('mosquitto_sub is there', () => out.includes('Subscribed ('), 20);
  return { said: async () => (await closed, out.split('\n').filter((line) => line.startsWith('town/'))) };
}

const shapes = [
  [{ a: 21.50 }, 'plain values'],
  [{ ts: day + 1, values: { a: 22, b: true, c: 'on', d: { nested: [1, 2] } } }, 'time and values'],
  [[{ ts: day + 2, values: { a: 23 } }, { ts: day + 3, values: { a: 24 } }], 'array with times'],
  [[{ a: 25 }, { b: false }], 'array of plain values'],
];

async function telemetryShapes(version) {
  const device = await addDevice(server, admin, { key: `mqttjs-${version}` });
  const sender = await client(server.mqtt, { username: device.token, protocolVersion: version });
  for (const [payload] of shapes) await sender.publishAsync(telemetry, JSON.stringify(payload), { qos: 1 });
  await sender.publishAsync('v1/devices/me/attributes', '{"firmware":"1.2.3"}', { qos: 2 });
  await sender.publishAsync(telemetry, '{"last":1}', { qos: 0 });
  await sender.endAsync();
  equal((await values(server, admin, device.key, 'a')).sort(), [21.5, 22, 23, 24, 25], 'values of a');
  equal((await readings(server, admin, device.key, 'a', day, day + 10)).map(([at]) => at - day), [1, 2, 3], 'device times are kept');
  equal(await values(server, admin, device.key, 'c'), ['on'], 'text');
  equal(JSON.stringify((await values(server, admin, device.key, 'd'))[0]).replaceAll(/[\\" ]/g, ''), '{nested:[1,2]}', 'JSON');
  equal(await values(server, admin, device.key, 'firmware'), ['1.2.3'], 'attributes');
  await until('QoS 0 arrives too', async () => (await values(server, admin, device.key, 'last')).length === 1, 20);
}

// A program or a library that this machine lacks is said loudly: ./test installs all of them.
function skipped(what) {
  console.log(`SKIPPED ${what}`);
  check(true, 'said');
}

await cases({
  'ThingsBoard telemetry by MQTT.js, 3.1.1': () => telemetryShapes(4),
  'ThingsBoard telemetry by MQTT.js, 5': () => telemetryShapes(5),

  'mosquitto_pub with every version and QoS': async () => {
    const device = await addDevice(server, admin, { key: 'mosquitto' });
    let n = 0;
    for (const version of ['mqttv31', 'mqttv311', 'mqttv5']) {
      for (const qos of ['0', '1', '2']) {
        const sent = await mosquitto('pub', ['-V', version, '-q', qos, '-u', device.token, '-t', telemetry, '-m', `{"ts":${day + ++n},"values":{"n":${n}}}`]);
        equal(sent.code, 0, `mosquitto_pub ${version} QoS ${qos}: ${sent.err}`);
      }
    }
    await until('all are there', async () => (await values(server, admin, 'mosquitto', 'n')).length === n, 20);
    equal(await values(server, admin, 'mosquitto', 'n'), Array.from({ length: n }, (_, i) => i + 1), 'each once, in order');
  },

  'Paho C, 3.1.1 and 5': async () => {
    const paho = join(qala, '../qala-paho');
    if (!existsSync(paho)) return skipped('Paho C: libpaho-mqtt-dev is not installed, the program was not built');
    const device = await addDevice(server, admin, { key: 'paho' });
    for (const version of ['4', '5']) {
      const ran = await program(paho, [`tcp://${server.mqtt}`, device.token, version, '20']);
      equal(ran.code, 0, `Paho with version ${version}: ${ran.err}${ran.out}`);
    }
    equal((await values(server, admin, 'paho', 'v4')).length, 20, 'readings by version 3.1.1');
    equal((await values(server, admin, 'paho', 'v5')).length, 20, 'readings by version 5');
    const listener = await program(paho, [`tcp://${server.mqtt}`, bus, '5', '20', 'bus']);
    equal(listener.code, 0, `Paho on the bus: ${listener.err}${listener.out}`);
  },

  'user and password': async () => {
    const thing = await addThing(server, admin, { key: 'login' });
    await command(0, ['token', 'create', '--data', data, '--name', 'login', '--scope', 'device', '--thing', 'login', '--user', 'meter-7'], { input: 'pass-word-123\n' });
    const sent = await until('the login is known', async () => {
      const ran = await mosquitto('pub', ['-u', 'meter-7', '-P', 'pass-word-123', '-q', '1', '-t', telemetry, '-m', '{"v":1}']);
      return ran.code === 0 && ran;
    }, 10);
    equal(sent.code, 0, 'accepted');
    equal(await values(server, admin, thing.key, 'v'), [1], 'stored');
    check((await mosquitto('pub', ['-u', 'meter-7', '-P', 'wrong', '-q', '1', '-t', telemetry, '-m', '{"v":2}'])).code !== 0, 'a wrong password is refused');
    check((await mosquitto('pub', ['-u', 'meter-7', '-q', '1', '-t', telemetry, '-m', '{"v":3}'])).code !== 0, 'no password is refused');
  },

  'wrong credentials are refused and counted': async () => {
    const refused = (await health(server, admin)).mqtt.refused;
    await grows(server, admin, 'credentials', 3, async () => {
      equal((await refusal(client(server.mqtt, { username: 'nobody', protocolVersion: 4 })))?.code, 5, '3.1.1: not authorized');
      equal((await refusal(client(server.mqtt, { username: 'nobody', protocolVersion: 5 })))?.code, 135, '5: not authorized');
      check((await mosquitto('pub', ['-t', telemetry, '-m', '{}'])).code !== 0, 'without any');
    });
    await grows(server, admin, 'scope', 1, async () => {
      check(await refusal(client(server.mqtt, { username: admin, protocolVersion: 5 })), 'a token that is not for MQTT');
    });
    equal((await health(server, admin)).mqtt.refused - refused, 4, 'refused connections');
  },

  'a device sees and sends only what is its own': async () => {
    const device = await addDevice(server, admin, { key: 'alone' });
    const other = await addDevice(server, admin, { key: 'neighbour' });
    const listener = await client(server.mqtt, { username: bus, protocolVersion: 5 });
    await listener.subscribeAsync('#', { qos: 1 });
    const mine = await client(server.mqtt, { username: device.token, protocolVersion: 5 });
    for (const filter of ['#', '+/+/+', 'qala/#', 'v1/#', 'v1/devices/+/telemetry', '$share/g/#', 'town/x']) {
      const granted = await refusal(mine.subscribeAsync(filter, { qos: 1 }));
      check(granted, `${filter} is refused`);
    }
    equal((await mine.subscribeAsync('v1/devices/me/rpc/request/+', { qos: 1 }))[0].qos, 1, 'its own requests');
    for (const topic of ['town/x', 'qala/things/alone/a', 'v1/devices/neighbour/telemetry', 'v1/gateway/telemetry']) {
      const error = await refusal(mine.publishAsync(topic, '{"a":1}', { qos: 1 }));
      equal(error?.code, 135, `publishing to ${topic} is refused`);
    }
    const old = await client(server.mqtt, { username: device.token, protocolVersion: 4 });
    await old.publishAsync('town/x', 'not for others', { qos: 1 });
    await mine.publishAsync(telemetry, '{"a":1}', { qos: 1 });
    const heard = await messages(listener, 1);
    equal(heard.map((m) => m.topic), ['qala/things/alone/a'], 'the bus hears the accepted reading only');
    equal(await values(server, admin, other.key, 'a'), [], 'the neighbour has nothing');
    equal(mine.received, [], 'the device has heard nothing');
    await Promise.all([mine, old, listener].map((c) => c.endAsync(true)));
  },

  'a gateway brings devices nobody knows, a claim keeps what they sent': async () => {
    const gateway = await addDevice(server, admin, { key: 'gw-1', kind: 'gateway' });
    const sender = await client(server.mqtt, { username: gateway.token, protocolVersion: 4 });
    const say = (topic, payload) => sender.publishAsync(`v1/gateway/${topic}`, JSON.stringify(payload), { qos: 1 });
    await say('connect', { device: 'Sensor A' });
    await say('telemetry', { 'Sensor A': [{ ts: day + 1, values: { temperature: -20.5 } }, { ts: day + 2, values: { temperature: -20.6 } }] });
    await say('telemetry', { 'Sensor A': [{ ts: day + 3, values: { temperature: -20.7 } }], 'Sensor B': [{ ts: day + 3, values: { humidity: 60 } }] });
    const waiting = (await server.get('/api/v1/unclaimed', admin)).devices.filter((d) => d.via === 'gateway');
    equal(waiting.map((d) => d.key).sort(), ['Sensor A', 'Sensor B'], 'both wait');
    const a = waiting.find((d) => d.key === 'Sensor A');
    equal([a.gateway, a.readings, a.keys], [gateway.id, 4, ['online', 'temperature']], 'what is shown of it');
    const claimed = await server.request('POST', `/api/v1/unclaimed/${a.id}/claim`, { token: admin, body: JSON.stringify({ key: 'air-a', kind: 'air_station' }) });
    equal(claimed.status, 200, `claimed: ${claimed.text}`);
    equal(await values(server, admin, 'air-a', 'temperature'), [-20.5, -20.6, -20.7], 'what it sent before');
    await say('telemetry', { 'Sensor A': [{ ts: day + 4, values: { temperature: -20.8 } }] });
    await say('disconnect', { device: 'Sensor A' });
    equal(await values(server, admin, 'air-a', 'temperature'), [-20.5, -20.6, -20.7, -20.8], 'what it sends now');
    equal(await values(server, admin, 'air-a', 'online'), [true, false], 'that it came and went');
    equal((await things(server, admin)).get('air-a').gateway, gateway.id, 'the thing knows its gateway');
    const dropped = await server.request('DELETE', `/api/v1/unclaimed/${waiting.find((d) => d.key === 'Sensor B').id}`, { token: admin });
    equal(dropped.status, 204, 'the other is sent away');
    await sender.endAsync();
  },

  'a gateway speaks only for what is behind it': async () => {
    const gateway = await addDevice(server, admin, { key: 'gw-2', kind: 'gateway' });
    await addThing(server, admin, { key: 'not-behind' });
    await addThing(server, admin, { key: 'behind', gateway: gateway.id });
    const sender = await client(server.mqtt, { username: gateway.token, protocolVersion: 5 });
    await sender.publishAsync('v1/gateway/telemetry', JSON.stringify({ behind: [{ v: 1 }], 'not-behind': [{ v: 1 }] }), { qos: 1 });
    await sender.endAsync();
    equal(await values(server, admin, 'behind', 'v'), [1], 'the thing behind it');
    equal(await values(server, admin, 'not-behind', 'v'), [], 'the other is untouched');
    check((await server.get('/api/v1/unclaimed', admin)).devices.some((d) => d.key === 'not-behind'), 'its readings wait to be claimed');
  },

  'a provisioning token lets a device wait under its client id': async () => {
    const sent = (n) => mosquitto('pub', ['-i', 'esp-4711', '-u', provisioning, '-q', '1', '-t', telemetry, '-m', `{"ts":${day + n},"values":{"n":${n}}}`]);
    for (const n of [1, 2, 3]) equal((await sent(n)).code, 0, 'sent');
    const waiting = (await server.get('/api/v1/unclaimed', admin)).devices.find((d) => d.key === 'esp-4711');
    equal([waiting?.via, waiting?.readings, waiting?.last_payload], ['provisioning', 3, '{"n":3}'], 'it waits');
    equal((await server.request('POST', `/api/v1/unclaimed/${waiting.id}/claim`, { token: admin, body: '{}' })).status, 200, 'claimed');
    equal((await sent(4)).code, 0, 'sent');
    equal(await values(server, admin, 'esp-4711', 'n'), [1, 2, 3, 4], 'all of it');
  },

  'the bus: wildcards, retained, shared subscriptions': async () => {
    const loud = await client(server.mqtt, { username: bus, protocolVersion: 5 });
    await loud.publishAsync('town/square/lamp', 'on', { qos: 1, retain: true });
    equal((await mosquitto('sub', ['-u', bus, '-t', 'town/+/lamp', '-C', '1', '-W', '10'])).out.trim(), 'on', 'mosquitto_sub gets what is retained');
    const sub = await mosquittoSub(['-u', bus, '-v', '-V', 'mqttv5', '-t', 'town/#', '-R', '-q', '2'], 2);
    await loud.publishAsync('town/a', '1', { qos: 2 });
    await loud.publishAsync('town/b/c', '2', { qos: 2 });
    equal(await sub.said(), ['town/a 1', 'town/b/c 2'], 'both come');
    await loud.publishAsync('town/square/lamp', '', { qos: 1, retain: true });
    const workers = await Promise.all([1, 2].map(() => client(server.mqtt, { username: bus, protocolVersion: 5 })));
    for (const worker of workers) await worker.subscribeAsync('$share/crew/jobs/#', { qos: 1 });
    for (let i = 0; i < 20; i++) await loud.publishAsync(`jobs/${i}`, String(i), { qos: 1 });
    await until('all jobs', () => workers.reduce((sum, w) => sum + w.received.length, 0) >= 20, 20);
    equal(workers.flatMap((w) => w.received.map((m) => Number(m.text))).sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i), 'each job once');
    check(workers.every((w) => w.received.length > 0), 'both got some');
    equal((await refusal(loud.publishAsync('qala/things/x/y', '1', { qos: 1 })))?.code, 135, "Qala's own topics are not for others");
    const nobody = await client(server.bus, { protocolVersion: 4 });
    await nobody.subscribeAsync('town/#');
    await loud.publishAsync('town/d', '3', { qos: 1 });
    equal((await messages(nobody, 1))[0].text, '3', 'the listener on loopback asks for no password');
    await Promise.all([loud, nobody, ...workers].map((c) => c.endAsync(true)));
  },

  'accepted readings are republished': async () => {
    const device = await addDevice(server, admin, { key: 'heard' });
    const listener = await client(server.mqtt, { username: bus, protocolVersion: 5 });
    await listener.subscribeAsync('qala/things/heard/+', { qos: 0 });
    const sender = await client(server.mqtt, { username: device.token, protocolVersion: 5 });
    const send = () => sender.publishAsync(telemetry, JSON.stringify({ ts: day + 7, values: { power: 12.30 } }), { qos: 1 });
    await send();
    await send();
    await sender.publishAsync(telemetry, JSON.stringify({ ts: day + 8, values: { power: 13 } }), { qos: 1 });
    const heard = await messages(listener, 2);
    equal(heard.map((m) => [m.topic, JSON.parse(m.text).value, Date.parse(JSON.parse(m.text).time) - day]),
      [['qala/things/heard/power', 12.3, 7], ['qala/things/heard/power', 13, 8]], 'each once, a duplicate is no news');
    await Promise.all([sender, listener].map((c) => c.endAsync(true)));
  },

  'TLS with the certificate it made for itself': async () => {
    const ca = readFileSync(join(data, 'tls/tls.crt'));
    const [tlsHost, tlsPort] = server.mqtts.split(':');
    const device = await addDevice(server, admin, { key: 'sealed' });
    const sent = await program('mosquitto_pub', ['-h', tlsHost, '-p', tlsPort, '--cafile', join(data, 'tls/tls.crt'), '-u', device.token, '-q', '1', '-t', telemetry, '-m', '{"v":1}']);
    equal(sent.code, 0, `mosquitto_pub over TLS: ${sent.err}`);
    const sender = await client(server.mqtts, { protocol: 'mqtts', ca, username: device.token, protocolVersion: 5 });
    await sender.publishAsync(telemetry, '{"v":2}', { qos: 1 });
    await sender.endAsync();
    equal(await values(server, admin, 'sealed', 'v'), [1, 2], 'both arrived');
    check(await refusal(client(server.mqtts, { protocol: 'mqtts', username: device.token })), 'a client that does not trust it stays away');
    const [h, p] = server.https.split(':');
    const status = await new Promise((done, failed) => {
      https.get({ host: h, port: p, ca, path: '/api/v1/health', headers: { authorization: `Bearer ${admin}` } }, (answer) => { answer.resume(); done(answer.statusCode); }).on('error', failed);
    });
    equal(status, 200, 'HTTPS');
  },

  'what a device sends wrongly is answered and counted': async () => {
    const device = await addDevice(server, admin, { key: 'clumsy' });
    const v5 = () => client(server.mqtt, { username: device.token, protocolVersion: 5 });
    const sender = await v5();
    const malformed = await rejects(server, admin, 'malformed');
    for (const payload of ['not json', '{"a":', '[1,2]', '{"a":NaN}']) {
      const error = await refusal(sender.publishAsync(telemetry, payload, { qos: 1 }));
      equal(error?.code, 153, `payload format invalid for ${payload}`);
    }
    equal((await rejects(server, admin, 'malformed')) - malformed, 4, 'malformed, counted');
    await grows(server, admin, 'oversized', 1, () => sender.publishAsync(telemetry, JSON.stringify({ fine: 1, long: 'x'.repeat(20_000) }), { qos: 1 }));
    equal(await values(server, admin, 'clumsy', 'fine'), [1], 'the good value beside it is kept');
    await grows(server, admin, 'restamped', 2, async () => {
      await sender.publishAsync(telemetry, JSON.stringify({ ts: Date.now() + 86_400_000, values: { ahead: 1 } }), { qos: 1 });
      await sender.publishAsync(telemetry, JSON.stringify({ ts: 1000, values: { booted: 1 } }), { qos: 1 });
    });
    for (const key of ['ahead', 'booted']) {
      const [[at, , flags]] = await readings(server, admin, 'clumsy', key);
      check(Math.abs(at - Date.now()) < 60_000 && flags !== 0, `${key} got our time and a flag`);
    }
    await sender.endAsync(true);
    const old = await client(server.mqtt, { username: device.token, protocolVersion: 4 });
    const closed = new Promise((done) => old.once('close', done));
    old.publish(telemetry, 'not json', { qos: 1 }, () => {});
    await closed;
    check(true, '3.1.1 cannot say no: the connection ends');
    const big = await v5();
    const gone = new Promise((done) => big.once('close', done));
    big.publish(telemetry, JSON.stringify({ a: 'x'.repeat(400_000) }), { qos: 1 }, () => {});
    await gone;
    equal((await health(server, admin)).state, 'ok', 'the town does not mind');
  },

  'SIGTERM ends it with 0': async () => equal(await server.stop(), 0, 'exit code'),
});
