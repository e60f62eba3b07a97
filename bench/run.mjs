// The rows of docs/performance.md, measured. Called by bench/run, which builds first.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Mosquitto, Victoria } from './engines.mjs';
import { describe, load, root, settings } from './machine.mjs';
import { Figures, table } from './table.mjs';
import { backup } from './rows/backup.mjs';
import { browserMemory } from './rows/browser_memory.mjs';
import { build } from './rows/build.mjs';
import { bundle } from './rows/bundle.mjs';
import { codec } from './rows/codec.mjs';
import { disk } from './rows/disk.mjs';
import { firstView } from './rows/first_view.mjs';
import { flood } from './rows/flood.mjs';
import { ingest } from './rows/ingest.mjs';
import { late } from './rows/late.mjs';
import { live } from './rows/live.mjs';
import { memory } from './rows/memory.mjs';
import { mqtt } from './rows/mqtt.mjs';
import { queries } from './rows/queries.mjs';
import { rules } from './rows/rules.mjs';
import { screen } from './rows/screen.mjs';
import { sensorthings } from './rows/sensorthings.mjs';
import { start } from './rows/start.mjs';
import { tasks } from './rows/tasks.mjs';
import { upgrade } from './rows/upgrade.mjs';
import { video } from './rows/video.mjs';

const rows = { ingest, disk, queries, start, memory, mqtt, screen, rules, codec, sensorthings, late, view: firstView, bundle, tasks, browser: browserMemory, flood, backup, upgrade, video, live, build };
const asked = process.argv.slice(2).map((name) => name.toLowerCase());
const unknown = asked.filter((name) => !rows[name]);
if (unknown.length > 0) {
  console.error(`unknown row ${unknown.join(', ')}; there are ${Object.keys(rows).join(' ')}`);
  process.exit(2);
}
const wanted = asked.length > 0 ? asked : Object.keys(rows).filter((name) => name !== 'build');

const machine = describe(settings.data);
const results = join(root, 'bench/results');
mkdirSync(results, { recursive: true });
const stem = join(results, machine.date.replace(/[:.]/g, '-'));
const write = (line) => appendFileSync(`${stem}.jsonl`, `${JSON.stringify(line)}\n`);
write({ step: 'machine', ...machine, settings, peers: { victoria: Victoria.program ?? null, mosquitto: Mosquitto.program ?? null } });
console.log(`${machine.date}, ${machine.cores} cores (${machine.processor}), ${machine.memory_gib} GiB, ${machine.system}, ${machine.filesystem}, load ${machine.load[0]}, commit ${machine.commit}`);
for (const [name, peer] of [['VictoriaMetrics', Victoria], ['Mosquitto', Mosquitto]]) if (!peer.program) console.log(`${name} is not installed, or was left out: its column stays empty`);

const figures = new Figures();
let failed = 0;
for (const name of wanted) {
  console.log(name);
  try {
    const before = figures.all.length;
    await rows[name](figures, (line) => write({ row: name, at: new Date().toISOString(), load: load(), ...line }));
    figures.all.slice(before).forEach((figure) => write({ step: 'figure', ...figure }));
  } catch (error) {
    failed++;
    write({ row: name, step: 'failed', error: error.stack });
    console.log(`  FAILED: ${error.message}`);
  }
}
const text = `${machine.date}, ${machine.cores} cores (${machine.processor}), ${machine.memory_gib} GiB, ${machine.system}, ${machine.filesystem}, commit ${machine.commit}, seed ${settings.seed}\n\n${table(figures.all)}\n`;
writeFileSync(`${stem}.md`, text);
console.log(`\n${text}\nraw: ${stem}.jsonl`);
process.exit(failed > 0 || figures.all.some((f) => f.mark === 'BELOW') ? 1 : 0);
