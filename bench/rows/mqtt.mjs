// MQTT: 3,000 connections, QoS 1. Ours: devices with tokens, admitted and on disk before PUBACK. Mosquitto: plain topics to
// one subscriber, nothing kept. The disk's own time (write + fdatasync) is measured beside the load, and alone afterwards.
import { join } from 'node:path';
import { client, Mosquitto, Qala } from '../engines.mjs';
import { cpuSeconds, median, settings } from '../machine.mjs';

async function measure(engine, options, raw) {
  const cpu = engine.cpu();
  const before = engine.health && await engine.health();
  const result = await client('mqtt_load', { port: engine.mqtt, ...options });
  const out = { step: 'mqtt', engine: engine.name, ...result, server_cpu_s: cpuSeconds(engine.pid) - cpu };
  if (before) {
    const after = await engine.health();
    Object.assign(out, { readings: after.ingest.accepted - before.ingest.accepted, sync_calls: after.store.sync_calls - before.store.sync_calls,
      commits: after.ingest.commits - before.ingest.commits, lag_ms: after.lag_ms, writer: after.writer });
    if (out.readings + after.ingest.duplicates - before.ingest.duplicates + after.ingest.corrected - before.ingest.corrected < result.acked * result.values_each) {
      throw new Error(`${out.readings} readings of ${result.acked} acknowledged messages`);
    }
  }
  raw(out);
  return out;
}

export async function prepare(qala) {
  const users = join(settings.data, 'devices.txt');
  await qala.fresh().start();
  await qala.makeDevices(users);
  // Each device's first message makes its datastreams: done once, and timed.
  const first = await client('mqtt_load', { port: qala.mqtt, users, seconds: 1, window: 3000, patience: 300 });
  return { users, first };
}

export async function mqtt(figures, raw) {
  const qala = new Qala('mqtt-qala');
  const { users, first } = await prepare(qala);
  raw({ step: 'first messages', ...first });
  const repeat = async (engine, options) => {
    const all = [];
    for (let n = 0; n < settings.runs; n++) all.push(await measure(engine, options, raw));
    return all;
  };
  const of = (list, key) => median(list.map((r) => r[key]));
  const most = await repeat(qala, { users, seconds: 6 });
  const short = await repeat(qala, { users, seconds: 6, values: 1 });
  const paced = {};
  for (const rate of [1000, 10000]) {
    // A commit takes what waits: about as many messages as come in one turn of the probe.
    const one = await measure(qala, { users, rate, seconds: 2 }, raw);
    const row = Math.max(64, Math.round(one.readings / Math.max(1, one.sync_calls) * 8 + 40));
    paced[rate] = [];
    for (let n = 0; n < Math.max(5, settings.runs); n++) {
      paced[rate].push(await measure(qala, { users, rate, seconds: 20, turn: 20, probe: settings.data, row }, raw));
    }
  }
  await qala.stop();
  const peer = {};
  if (Mosquitto.program) {
    const mosquitto = await new Mosquitto().start();
    peer.most = of(await repeat(mosquitto, { connections: 3000, seconds: 6 }), 'per_s');
    for (const rate of [1000, 10000]) peer[rate] = await measure(mosquitto, { connections: 3000, rate, seconds: 10 }, raw);
    await mosquitto.stop();
  }
  const named = (value) => value && { name: 'Mosquitto', value };
  figures.add('MQTT', `QoS 1, 3,000 connections, ${most[0].payload_bytes}-byte JSON of 5 values`, 'messages/s', of(most, 'per_s'), { better: 'more', floor: 53e3, aim: 100e3, peer: named(peer.most) });
  figures.add('MQTT', `the same, ${short[0].payload_bytes}-byte JSON of 1 value`, 'messages/s', of(short, 'per_s'), { better: 'more', floor: 53e3, aim: 100e3 });
  for (const rate of [1000, 10000]) {
    const over = (what) => median(paced[rate].map(what));
    const told = (probe) => `who comes waits p99 ${over((r) => r[probe].arrivals.p99_ms).toFixed(2)}, a sync takes p50 ${over((r) => r[probe].times.p50_ms).toFixed(2)}, p99 ${over((r) => r[probe].times.p99_ms).toFixed(2)}`;
    figures.add('MQTT', `publish to PUBACK at ${rate}/s, p99`, 'ms', over((r) => r.publish_to_ack.p99_ms), { peer: named(peer[rate]?.publish_to_ack.p99_ms), note: `bare disk in the same seconds: ${told('probe_beside')}; alone: ${told('probe_alone')}` });
    figures.add('MQTT', `the same, over who comes to the bare disk in the same seconds`, 'ms', over((r) => r.publish_to_ack.p99_ms - r.probe_beside.arrivals.p99_ms), { floor: 5, aim: 2, note: `each of the runs: ${paced[rate].map((r) => (r.publish_to_ack.p99_ms - r.probe_beside.arrivals.p99_ms).toFixed(1)).join(', ')}` });
    figures.add('MQTT', `publish to PUBACK at ${rate}/s, p50`, 'ms', over((r) => r.publish_to_ack.p50_ms), { floor: 1, aim: 1, peer: named(peer[rate]?.publish_to_ack.p50_ms) });
  }
  figures.add('MQTT', 'messages per sync call, flat out', '', most.reduce((s, r) => s + r.acked, 0) / most.reduce((s, r) => s + r.sync_calls, 0), { better: 'more' });
}
