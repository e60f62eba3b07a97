// Upgrade: a folder as version 0.1.0 kept it, with a year of readings of 3,000 datastreams. The year is today's import;
// town.db is rebuilt in the tables of 0.1.0, from the folder that the tests keep of that version.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Qala } from '../engines.mjs';
import { bin, folderBytes, forgetPages, median, root, settings } from '../machine.mjs';
import { loadQala, ofQala } from '../year.mjs';

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('QALA_')));

// The rows of today in the tables and columns that 0.1.0 had.
async function asOf010(year, folder) {
  const { DatabaseSync } = await import('node:sqlite');
  const old = join(settings.data, 'old-folder');
  rmSync(old, { recursive: true, force: true });
  execFileSync('mkdir', ['-p', old]);
  execFileSync('tar', ['-xzf', join(root, 'tests/old/0.1.0.tar.gz'), '-C', old]);
  cpSync(year, folder, { recursive: true, filter: (path) => !/\.benched$|control\.sock$|town\.db|before-upgrade|\/format$/.test(path) });
  cpSync(join(old, 'town.db'), join(folder, 'town.db'));
  const db = new DatabaseSync(join(folder, 'town.db'));
  db.exec(`PRAGMA foreign_keys=OFF; ATTACH '${join(year, 'town.db')}' AS now`);
  const tables = db.prepare("SELECT name FROM main.sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'").all().map((row) => row.name);
  let rows = 0;
  for (const table of tables) {
    const columns = (schema) => db.prepare(`PRAGMA ${schema}.table_info("${table}")`).all().map((row) => row.name);
    const both = columns('main').filter((name) => columns('now').includes(name));
    if (both.length === 0 || /schema|version|key/.test(table)) continue;
    const list = both.map((name) => `"${name}"`).join(',');
    db.exec(`DELETE FROM main."${table}"; INSERT OR IGNORE INTO main."${table}" (${list}) SELECT ${list} FROM now."${table}"`);
    rows += db.prepare(`SELECT count(*) AS n FROM main."${table}"`).get().n;
  }
  db.exec('DETACH now; PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  rmSync(old, { recursive: true, force: true });
  return rows;
}

export async function upgrade(figures, raw) {
  const year = ofQala();
  await loadQala(year);
  const times = [];
  let bytes = 0;
  let rows = 0;
  for (let n = 0; n < settings.runs; n++) {
    const qala = new Qala('upgrade-qala');
    qala.fresh();
    rows = await asOf010(year.data, qala.data);
    bytes = folderBytes(qala.data);
    forgetPages(qala.data);
    const before = performance.now();
    const told = execFileSync(join(bin, 'qala'), ['upgrade', '--data', qala.data], { encoding: 'utf8', env: environment });
    times.push((performance.now() - before) / 1000);
    await qala.start();
    const count = await qala.count();
    raw({ step: 'upgrade', seconds: times.at(-1), told: told.trim(), rows, bytes, count, ready_s: qala.ready_s });
    if (count < settings.year * 144 * 3000) throw new Error(`only ${count} readings after the upgrade`);
    await qala.stop();
    rmSync(qala.data, { recursive: true, force: true });
  }
  figures.add('upgrade', `a year of 0.1.0's data, ${Math.round(bytes / 1e6)} MB`, 's', median(times), { note: `files not in memory; ${rows} rows in town.db; each: ${times.map((t) => t.toFixed(2)).join(', ')}` });
}
