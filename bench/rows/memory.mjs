// Memory: a town with a year of readings in which the simulated town lives for a while; after the queries too.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bin, memoryMb, sleep } from '../machine.mjs';
import { loadQala, ofQala } from '../year.mjs';

const kLiving = 60_000;

export async function memory(figures, raw) {
  const qala = ofQala();
  await loadQala(qala);
  await qala.start();
  const started = memoryMb(qala.pid);
  const sim = spawn(join(bin, 'qala-sim'), ['run', '--http', `127.0.0.1:${qala.port}`, '--mqtt', `127.0.0.1:${qala.mqtt}`, '--token', qala.token('admin'), '--days', '0'], { stdio: 'ignore' });
  await sleep(kLiving);
  const { ingest } = await qala.health();
  const facts = { started_mb: started, resident_mb: memoryMb(qala.pid), peak_mb: memoryMb(qala.pid, 'VmHWM'), anonymous_mb: memoryMb(qala.pid, 'RssAnon'), files_mb: memoryMb(qala.pid, 'RssFile'), accepted: ingest.accepted };
  sim.kill();
  raw({ step: 'memory', ...facts });
  await qala.stop();
  figures.add('memory', 'live town with a year of data, resident', 'MB', facts.resident_mb, { floor: 160, aim: 120, note: `${Math.round(facts.files_mb)} of it pages of files; ${facts.accepted} readings while it lived` });
}
