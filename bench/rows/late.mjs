// Late data: readings of two days three weeks before the newest, one a minute of every datastream, minutes shuffled. What is
// written to the disk for them, and what queries and live devices notice meanwhile. Works on the year and spoils it.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { client } from '../engines.mjs';
import { folderBytes, settings, writtenBytes } from '../machine.mjs';
import { idsOf, pathOfQala, windows } from './queries.mjs';
import { loadQala, ofQala } from '../year.mjs';

const kLogBytes = 8;  // what a reading takes at most in the log: written once is amplification 1

export async function late(figures, raw) {
  const qala = ofQala();
  await loadQala(qala);
  rmSync(join(qala.data, '.benched'));
  await qala.start();
  const users = join(settings.data, 'late-devices.txt');
  await qala.makeDevices(users, 1000);
  const ids = await idsOf(qala);
  const asked = windows(settings.seed + 1, 40);
  const look = async (name, seconds) => {
    const file = join(settings.data, `late-${name}.txt`);
    writeFileSync(file, asked.map((w) => pathOfQala(name, w, ids)).join('\n'));
    return (await client('query', { port: qala.port, token: qala.token('read'), file, seconds, again: 1 })).times;
  };
  const live = (seconds) => client('mqtt_load', { port: qala.mqtt, users, rate: 1000, seconds });
  const both = async (seconds) => {
    const [times, devices] = await Promise.all([
      (async () => { const out = {}; for (const name of ['Q2', 'Q3', 'Q4']) out[name] = await look(name, seconds / 3); return out; })(), live(seconds)]);
    return { times, live: devices.publish_to_ack };
  };
  await client('mqtt_load', { port: qala.mqtt, users, seconds: 1, window: 1000, patience: 300 });
  const since = () => ({ bytes: writtenBytes(qala.pid), at: performance.now() });
  const before = since();
  const calm = await both(9);
  const start = since();
  const calmRate = (start.bytes - before.bytes) / (start.at - before.at);  // the live devices' share
  const held = folderBytes(qala.data);
  let busy = true;
  const loading = client('load', { port: qala.port, path: '/api/v2/write', token: qala.token('ingest'), days: settings.year, late: settings.late, lines: 3000, pace: 300_000 }).finally(() => { busy = false; });
  const meanwhile = [];
  do meanwhile.push(await both(9)); while (busy && meanwhile.length < 4);
  const load = await loading;
  await qala.settle();
  const end = since();
  const bytes = end.bytes - start.bytes - calmRate * (end.at - start.at);
  const health = await qala.health();
  await qala.stop();
  const facts = { step: 'late', ...load, seconds: (end.at - start.at) / 1000, written_bytes: bytes, written_per_reading: bytes / load.readings, late_counted: health.ingest.late,
    grown_per_reading: (folderBytes(qala.data) - held) / load.readings, calm, meanwhile };
  raw(facts);
  const worst = (name) => Math.max(...meanwhile.map((m) => m.times[name].p50_ms)) / calm.times[name].p50_ms;
  figures.add('late data', `${(load.readings / 1e6).toFixed(1)} M readings three weeks late: write amplification`, `times ${kLogBytes} B`, facts.written_per_reading / kLogBytes, { floor: 20, aim: 10, note: `${facts.written_per_reading.toFixed(0)} B written a reading, settling included` });
  for (const name of ['Q2', 'Q3', 'Q4']) figures.add('late data', `${name} meanwhile`, 'times its median before', worst(name), { floor: 3, aim: 2, note: `${calm.times[name].p50_ms.toPrecision(3)} ms before` });
  const p99 = Math.max(...meanwhile.map((m) => m.live.p99_ms));
  figures.add('late data', 'live PUBACK p99 meanwhile, 1,000/s', 'ms', p99, { note: `${calm.live.p99_ms.toPrecision(3)} before` });
}
