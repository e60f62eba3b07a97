// What the tests of clients and of the data folder ask a town: things, their readings, counters of the health page.
import mqtt from 'mqtt';
import mqttPacket from 'mqtt-packet';
import net from 'node:net';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { qala, check, equal, until } from './lib.mjs';

export const day = Date.parse('2026-01-17T00:00:00Z');

export async function addThing(server, admin, fields) {
  const made = await server.request('POST', '/api/v1/things', { token: admin, body: JSON.stringify({ name: fields.key, kind: 'meter', ...fields }) });
  equal(made.status, 201, `the thing ${fields.key} is made: ${made.text}`);
  return made.json;
}

export async function addDevice(server, admin, fields) {
  const thing = await addThing(server, admin, fields);
  const made = await server.request('POST', `/api/v1/things/${thing.id}/token`, { token: admin });
  equal(made.status, 201, `the token of ${fields.key} is made`);
  return { id: thing.id, key: fields.key, token: made.json.token };
}

export async function things(server, reader) {
  return new Map((await server.get('/api/v1/things', reader)).things.map((t) => [t.key, t]));
}

export async function streamOf(server, reader, thing, key) {
  return (await things(server, reader)).get(thing)?.datastreams.find((d) => d.key === key)?.id;
}

// [[ms, value, flags]...] of one datastream; [] while there is none.
export async function readings(server, reader, thing, key, from = 0, to = day + 1e12) {
  const id = await streamOf(server, reader, thing, key);
  if (!id) return [];
  const all = [];
  for (;;) {
    const page = await server.get(`/api/v1/datastreams/${id}/observations?from=${from}&to=${to}&limit=100000`, reader);
    all.push(...page.values);
    if (!page.more) return all;
    from = page.values.at(-1)[0] + 1;
  }
}

export async function values(...args) {
  return (await readings(...args)).map(([, value]) => value);
}

export const health = (server, reader) => server.get('/api/v1/health', reader);

export async function rejects(server, reader, reason) {
  return (await health(server, reader)).rejects.find((r) => r.reason === reason)?.count ?? 0;
}

// Runs `body` and checks how much a counter of the health page grew: reason of a reject, or name of a total.
export async function grows(server, reader, name, by, body) {
  const look = async () => {
    const now = await health(server, reader);
    return now.ingest[name] ?? now.rejects.find((r) => r.reason === name)?.count ?? 0;
  };
  const before = await look();
  const result = await body();
  equal((await look()) - before, by, `${name} on the health page`);
  return result;
}

export async function count(server, reader) {
  return (await server.get('/v1.1/Observations?$top=0&$count=true', reader))['@iot.count'];
}

// An MQTT.js client; rejects with the reason if it is refused.
export async function client(address, options = {}) {
  const [host, port] = address.split(':');
  const made = mqtt.connect({ host, port: Number(port), protocol: 'mqtt', reconnectPeriod: 0, ...options });
  made.received = [];
  made.on('message', (topic, payload, packet) => made.received.push({ topic, text: payload.toString(), packet }));
  await new Promise((done, failed) => {
    made.once('connect', done);
    made.once('error', failed);
    made.once('close', () => failed(new Error('closed')));
  });
  made.on('error', () => {});
  return made;
}

// The error that a client meets, or undefined.
export async function refusal(promise) {
  try {
    const got = await promise;
    got?.end?.(true);
    return undefined;
  } catch (error) {
    return error;
  }
}

export const messages = (made, n) => until(`${n} messages`, () => made.received.length >= n && made.received, 20);

// A connection that sends the packets it is told to, for what no client library does when asked.
export class RawClient {
  constructor(address, version = 4) {
    const [host, port] = address.split(':');
    this.version = version;
    this.packets = [];
    this.socket = net.connect(Number(port), host);
    this.socket.setNoDelay(true);
    const parser = mqttPacket.parser({ protocolVersion: version });
    parser.on('packet', (packet) => this.packets.push(packet));
    this.socket.on('data', (data) => parser.parse(data));
    this.socket.on('error', () => {});
    this.closed = false;
    this.socket.on('close', () => { this.closed = true; });
  }
  send(packet) { this.socket.write(mqttPacket.generate(packet, { protocolVersion: this.version })); }
  async answer(cmd, what = cmd) {
    return until(what, () => {
      const at = this.packets.findIndex((p) => p.cmd === cmd);
      return at >= 0 && this.packets.splice(at, 1)[0];
    }, 20);
  }
  async connect(username, clientId, clean = true) {
    this.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: this.version, clientId, username, clean, keepalive: 60 });
    const ack = await this.answer('connack');
    equal(ack.returnCode ?? ack.reasonCode, 0, 'CONNACK');
    return ack;
  }
  end() { this.socket.destroy(); }
}

// Runs a program to its end: { code, out, err }.
export async function program(path, args, { input, env = {} } = {}) {
  const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const result = { out: '', err: '' };
  child.stdout.on('data', (text) => { result.out += text; });
  child.stderr.on('data', (text) => { result.err += text; });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const [code, signal] = await once(child, 'close');
  return { ...result, code: code ?? signal };
}

// qala with arguments; checks the exit code.
export async function command(code, args, options) {
  const result = await program(qala, args, options);
  check(result.code === code, `qala ${args.join(' ')} ends with ${result.code} instead of ${code}: ${result.err}${result.out}`);
  return result;
}
