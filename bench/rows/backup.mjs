// Backup under load: PUBACK p99 and the rate of ingest while backups of a town with a year are made one after the other,
// and without, by turns. Each copies the whole folder: nothing of the one before is linked.
import { execFile } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { client, Qala } from '../engines.mjs';
import { bin, folderBytes, median, settings } from '../machine.mjs';
import { loadQala, ofQala } from '../year.mjs';

const kSeconds = 15;
const run = promisify(execFile);

// Makes copies until stop(); says how many were finished.
function backups(qala) {
  const to = join(settings.data, 'backup-copy');
  let running = true;
  let made = 0;
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('QALA_')));
  const done = (async () => {
    while (running) {
      rmSync(to, { recursive: true, force: true });
      await run(join(bin, 'qala'), ['backup', '--data', qala.data, '--to', to], { env: environment });
      made++;
    }
    return { made, bytes: folderBytes(to) };
  })();
  return { async stop() { running = false; const told = await done; rmSync(to, { recursive: true, force: true }); return told; } };
}

export async function backup(figures, raw) {
  const year = ofQala();
  await loadQala(year);
  const qala = new Qala('backup-qala');
  qala.fresh();
  cpSync(year.data, qala.data, { recursive: true, filter: (path) => !path.endsWith('.benched') && !path.endsWith('control.sock') });
  await qala.start();
  const users = join(settings.data, 'backup-devices.txt');
  await qala.makeDevices(users);
  await client('mqtt_load', { port: qala.mqtt, users, seconds: 1, window: 3000, patience: 300 });
  const paced = () => client('mqtt_load', { port: qala.mqtt, users, rate: 1000, seconds: kSeconds, turn: kSeconds, probe: settings.data, row: 256 });
  let day = settings.year + 10;
  const flatOut = async () => { day += 4; return client('load', { ...qala.loadOptions(), from: day - 4, days: day, connections: 4 }); };
  const seen = { calm: [], busy: [], calmRate: [], busyRate: [] };
  let copies = { made: 0 };
  for (let n = 0; n < settings.runs; n++) {
    seen.calm.push(await paced());
    seen.calmRate.push((await flatOut()).per_s);
    let copying = backups(qala);
    seen.busy.push(await paced());
    copies = await copying.stop();
    copying = backups(qala);
    seen.busyRate.push((await flatOut()).per_s);
    await copying.stop();
    raw({ step: 'backup', calm: seen.calm.at(-1), busy: seen.busy.at(-1), calm_per_s: seen.calmRate.at(-1), busy_per_s: seen.busyRate.at(-1), copies });
  }
  await qala.stop();
  rmSync(qala.data, { recursive: true, force: true });
  const p99 = (list, what) => median(list.map(what));
  const ack = (r) => r.publish_to_ack.p99_ms;
  const over = (r) => r.publish_to_ack.p99_ms - r.probe_beside.arrivals.p99_ms;
  figures.add('backup under load', 'publish to PUBACK at 1,000/s while backups are made, p99', 'ms', p99(seen.busy, ack), { note: `without: ${p99(seen.calm, ack).toFixed(2)}; ${copies.made} copies of ${Math.round(copies.bytes / 1e6)} MB in ${kSeconds} s` });
  figures.add('backup under load', 'what backups add to that over the bare disk in the same seconds', 'ms', p99(seen.busy, over) - p99(seen.calm, over), { floor: 5, aim: 1, note: `over the disk: with ${seen.busy.map((r) => over(r).toFixed(1)).join(', ')}; without ${seen.calm.map((r) => over(r).toFixed(1)).join(', ')}` });
  figures.add('backup under load', 'ingest, 4 connections, share of the rate without', '%', (100 * median(seen.busyRate)) / median(seen.calmRate), { better: 'more', note: `${(median(seen.busyRate) / 1e6).toFixed(2)} M/s with, ${(median(seen.calmRate) / 1e6).toFixed(2)} M/s without` });
}
