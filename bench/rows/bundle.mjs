// Bundle: what a browser fetches of scripts and styles, packed, with the words of one language, the longest; and the
// residents' page.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Qala } from '../engines.mjs';
import { root } from '../machine.mjs';

const kb = (bytes) => bytes / 1024;

// Bytes of the answer as they come over the wire.
const wireBytes = (port, path) => new Promise((done, failed) => {
  http.get({ host: '127.0.0.1', port, path, headers: { 'accept-encoding': 'gzip', 'accept-language': 'kk' } }, (response) => {
    let bytes = 0;
    response.on('data', (part) => { bytes += part.length; });
    response.on('end', () => done({ bytes, packed: response.headers['content-encoding'] === 'gzip', status: response.statusCode }));
  }).on('error', failed);
});

export async function bundle(figures, raw) {
  const folder = join(root, 'web/dist/control');
  if (!existsSync(folder)) return void console.log('  skipped: the screens are not built');
  const files = readdirSync(folder, { recursive: true }).filter((name) => /\.(js|mjs|css)$/.test(name)).map((name) => ({ name, bytes: gzipSync(readFileSync(join(folder, name)), { level: 9 }).length }));
  const size = (of) => of.reduce((sum, file) => sum + file.bytes, 0);
  const inLanguage = (language) => files.filter(({ name }) => name.includes(`/${language}.json-`));
  const languages = ['kk', 'ru', 'en'].map((language) => size(inLanguage(language)));
  const all = size(files) - languages.reduce((sum, bytes) => sum + bytes) + Math.max(...languages);
  const map = size(files.filter(({ name }) => /maplibre/.test(name)));
  raw({ step: 'bundle', files });
  figures.add('bundle', 'control room with map, scripts and styles, gzip', 'KB', kb(all), { floor: 750, aim: 650, note: `${kb(map).toFixed(0)} of it the map library` });
  const qala = new Qala('bundle-qala');
  await qala.fresh().start();
  const page = await wireBytes(qala.port, '/kk');
  raw({ step: 'public page', ...page });
  await qala.stop();
  figures.add('bundle', `public page, ${page.packed ? 'gzip' : 'not packed'}`, 'KB', kb(page.bytes), { floor: 60, aim: 40 });
}
