// The town with a year of readings that disk, queries, start, memory and late share: loaded once, kept between runs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, Qala, Victoria } from './engines.mjs';
import { folderBytes, settings } from './machine.mjs';

export const kStart = Date.parse('2025-01-01T00:00:00Z');
export const kDay = 86_400_000;
export const kHour = 3_600_000;
export const readingsInAYear = () => settings.year * 144 * 3000;

// Loads, settles and stops an engine's year, unless it is there: what that took, and the folder's bytes just after.
async function load(engine, settle) {
  const mark = join(engine.data, '.benched');
  const known = existsSync(mark) && JSON.parse(readFileSync(mark, 'utf8'));
  if (known && known.days === settings.year) return known;
  await engine.fresh().start();
  const cpu = engine.cpu();
  const loaded = await client('load', { ...engine.loadOptions(), days: settings.year, connections: 2 });
  const loading = engine.cpu() - cpu;
  const before = performance.now();
  await settle(engine);
  const facts = { days: settings.year, load: loaded, load_cpu_s: loading, settle_s: (performance.now() - before) / 1000, settle_cpu_s: engine.cpu() - cpu - loading };
  await engine.stop();
  facts.bytes = folderBytes(engine.data);
  writeFileSync(mark, JSON.stringify(facts));
  return facts;
}

export const ofQala = (folder = 'year-qala') => new Qala(folder);
export const loadQala = (engine) => load(engine, (e) => e.settle());
export const ofVictoria = () => Victoria.program && new Victoria('year-victoria');
export const loadVictoria = (engine) => load(engine, (e) => e.settle());
