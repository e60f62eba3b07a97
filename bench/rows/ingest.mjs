// Ingest: a fresh folder, the days loaded over one and over four connections; the peer in turn with us, run by run.
import { client, Qala, Victoria } from '../engines.mjs';
import { cpuSeconds, load, median, memoryMb, settings, writtenBytes } from '../machine.mjs';

async function once(engine, connections) {
  await engine.fresh().start();
  const options = engine.loadOptions();
  if (engine.health) await engine.health();
  const before = { cpu: engine.cpu(), written: writtenBytes(engine.pid), syncs: engine.health ? (await engine.health()).store.sync_calls : 0 };
  const busy = load();
  const result = await client('load', { ...options, days: settings.days, connections });
  const cpu = cpuSeconds(engine.pid) - before.cpu;
  const out = { engine: engine.name, ...result, server_cpu_s: cpu, per_cpu_s: result.readings / cpu, peak_rss_mb: memoryMb(engine.pid, 'VmHWM'),
    written_bytes: writtenBytes(engine.pid) - before.written, load_before: busy };
  if (engine.health) {
    const health = await engine.health();
    Object.assign(out, { sync_calls: health.store.sync_calls - before.syncs, accepted: health.ingest.accepted, lag_ms: health.lag_ms, writer: health.writer });
    if (health.ingest.accepted !== result.readings) throw new Error(`${health.ingest.accepted} accepted of ${result.readings}`);
  }
  await engine.stop();
  engine.fresh();
  return out;
}

export async function ingest(figures, raw) {
  const of = { qala: {}, victoria: {} };
  for (const connections of [1, 4]) {
    for (let n = 0; n < settings.runs; n++) {
      for (const [name, engine] of [['qala', new Qala('ingest-qala')], ['victoria', Victoria.program && new Victoria('ingest-victoria')]]) {
        if (!engine) continue;
        const result = await once(engine, connections);
        raw({ step: 'ingest', days: settings.days, ...result });
        (of[name][connections] ??= []).push(result);
        console.log(`  ${connections} connection(s), ${engine.name}: ${(result.per_s / 1e6).toFixed(2)} M/s, ${(result.per_cpu_s / 1e6).toFixed(2)} M per CPU second`);
      }
    }
  }
  const middle = (name, key, connections) => of[name][connections] && median(of[name][connections].map((r) => r[key]));
  const peerOf = (key, connections) => { const value = middle('victoria', key, connections); return value && { name: 'VictoriaMetrics', value }; };
  for (const connections of [1, 4]) {
    const peer = peerOf('per_s', connections);
    figures.add('ingest', `${connections} connection${connections > 1 ? 's' : ''}`, 'readings/s', middle('qala', 'per_s', connections), { better: 'more', floor: peer?.value, aim: 4e6, peer });
    const cpu = peerOf('per_cpu_s', connections);
    figures.add('ingest', `per server CPU second, ${connections} connection${connections > 1 ? 's' : ''}`, 'readings', middle('qala', 'per_cpu_s', connections), { better: 'more', floor: cpu && 2 * cpu.value, aim: 3e6, peer: cpu });
  }
  const peak = (name) => of[name][4] && Math.max(...[1, 4].flatMap((c) => of[name][c].map((r) => r.peak_rss_mb)));
  figures.add('ingest', 'peak resident', 'MB', peak('qala'), { floor: 250, aim: 200, peer: peak('victoria') && { name: 'VictoriaMetrics', value: peak('victoria') } });
  const one = of.qala[1];
  figures.add('ingest', 'sync calls per answer, 1 connection', '', one.reduce((s, r) => s + r.sync_calls, 0) / one.reduce((s, r) => s + r.requests, 0), { better: 'more', floor: 1 });
}
