// MQTT devices and HTTP writers that remember what was acknowledged to them, and what a town then has of it.
import mqtt from 'mqtt';
import http from 'node:http';

const linesPerRequest = 20;

let seed = Number(process.env.QALA_TEST_SEED ?? 20260117);
export const random = () => { // mulberry32: the same moments again with the same seed, as far as the machine allows
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

export const base = Date.parse('2026-01-17T00:00:00Z');

// One publisher of QoS 1 telemetry: value n at time base + n ms. A session of its own, persistent, that resends.
export class Device {
  constructor(index, credential) {
    this.key = `m${index}`;
    this.credential = credential;
    this.next = 1;
    this.acknowledged = new Set();
    this.pending = new Set();
  }
  connect(server) {
    const [host, port] = server.mqtt.split(':');
    this.client = mqtt.connect({ host, port: Number(port), protocol: 'mqtt', username: this.credential, clientId: this.key, clean: false, reconnectPeriod: 0, protocolVersion: 4 });
    this.client.on('error', () => {});
    this.stopped = false;
    return new Promise((done) => this.client.once('connect', done));
  }
  publish() {
    while (!this.stopped && this.pending.size < 40) {
      const n = this.next++;
      this.pending.add(n);
      this.client.publish('v1/devices/me/telemetry', JSON.stringify({ ts: base + n, values: { v: n } }), { qos: 1 }, (error) => {
        this.pending.delete(n);
        if (!error) this.acknowledged.add(n);
        if (!this.stopped) this.publish();
      });
    }
  }
  stop() {
    this.stopped = true;
    this.client.end(true);
    this.pending.clear();
  }
}

// One HTTP writer, requests of several lines, one after the other.
export class Writer {
  constructor(index, credential) {
    this.key = `h${index}`;
    this.credential = credential;
    this.next = 1;
    this.acknowledged = new Set();
    this.inFlight = 0;
  }
  async run(server) {
    const agent = new http.Agent({ keepAlive: true });
    this.stopped = false;
    while (!this.stopped) {
      const numbers = Array.from({ length: linesPerRequest }, () => this.next++);
      const body = numbers.map((n) => `telemetry,thing=${this.key} v=${n} ${base + n}`).join('\n');
      this.inFlight = numbers.length;
      try {
        const answer = await server.request('POST', '/api/v2/write?precision=ms', { body, token: this.credential, scheme: 'Token', agent });
        if (answer.status === 204) numbers.forEach((n) => this.acknowledged.add(n));
      } catch { /* the server is gone: these were not acknowledged */ }
      this.inFlight = 0;
    }
    agent.destroy();
  }
  stop() { this.stopped = true; }
}

export async function found(server, reader, ids, key) {
  const seen = new Map();
  for (let from = base; ;) {
    const page = await server.get(`/api/v1/datastreams/${ids.get(key)}/observations?from=${from}&to=${base + 1e9}&limit=100000`, reader);
    for (const [, value] of page.values) seen.set(value, (seen.get(value) ?? 0) + 1);
    if (!page.more) return seen;
    from = page.values.at(-1)[0] + 1;
  }
}

