// After the build: a .gz neighbour for everything that compresses, and the size budget of the control room: all that a
// browser can fetch of scripts and styles, with the words of one language, the longest.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const folder = new URL('../dist/control', import.meta.url).pathname;
const aim = 650 * 1024;
const floor = 750 * 1024;
let total = 0;
/** @type {Map<string, number>} By language. */
const words = new Map();
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name.endsWith('.gz')) continue;
  const path = join(entry.parentPath, entry.name);
  const bytes = readFileSync(path);
  if (!/\.(js|mjs|css|html|svg)$/.test(entry.name)) continue;
  const packed = gzipSync(bytes, { level: 9 });
  writeFileSync(`${path}.gz`, packed);
  const language = /^(kk|ru|en)\.json-[^.]*\.js$/.exec(entry.name)?.[1];
  if (language) words.set(language, (words.get(language) ?? 0) + packed.length);
  else if (/\.(js|mjs|css)$/.test(entry.name)) total += packed.length;
}
total += Math.max(...words.values());
console.log(`control room: ${(total / 1024).toFixed(1)} KB gzip of scripts and styles (aim 650, floor 750)`);
if (total > floor) {
  console.error('over the size budget');
  process.exit(1);
}
if (total > aim) console.warn('above the aim');
