// After the build: a .gz neighbour for everything that compresses, and the size budget of the control room.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const folder = new URL('../dist/control', import.meta.url).pathname;
const aim = 650 * 1024;
const floor = 750 * 1024;
let total = 0;
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith('.gz')) continue;
  const path = join(entry.parentPath, entry.name);
  const bytes = readFileSync(path);
  if (!/\.(js|mjs|css|html|svg)$/.test(entry.name)) continue;
  const packed = gzipSync(bytes, { level: 9 });
  writeFileSync(`${path}.gz`, packed);
  if (/\.(js|mjs|css)$/.test(entry.name)) total += packed.length;
}
console.log(`control room: ${(total / 1024).toFixed(1)} KB gzip of scripts and styles (aim 650, floor 750)`);
if (total > floor) {
  console.error('over the size budget');
  process.exit(1);
}
if (total > aim) console.warn('above the aim');
