// web/dist/api: the description and the page to try it, with a .gz neighbour each. node tools/openapi/build.mjs
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import './modules.mjs';

const { bundle } = await import('./bundle.mjs');
const here = import.meta.dirname;
const out = resolve(here, '../../web/dist/api');
const floor = 800 * 1024;
rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'page'), { recursive: true });
writeFileSync(join(out, 'openapi.json'), JSON.stringify(bundle()));
copyFileSync(join(here, 'page/index.html'), join(out, 'index.html'));
for (const name of ['page.js', 'words.js', 'page.css']) copyFileSync(join(here, 'page', name), join(out, 'page', name));
copyFileSync(resolve(here, '../../web/src/styles/icon.svg'), join(out, 'page/icon.svg'));
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE']) {
  const text = readFileSync(join(here, 'node_modules/swagger-ui-dist', name), 'utf8');
  writeFileSync(join(out, 'page', name), text.replace(/\n\/[/*]# sourceMappingURL=.*$/m, '')); // the maps are not handed out
}
let total = 0;
for (const name of readdirSync(out, { recursive: true })) {
  if (!/\.(js|css|json|svg|html)$/.test(name)) continue;
  const packed = gzipSync(readFileSync(join(out, name)), { level: 9 });
  writeFileSync(join(out, `${name}.gz`), packed);
  total += packed.length;
}
console.log(`page of the interface: ${(total / 1024).toFixed(1)} KB gzip (floor 800), of its own: the screens load none of it`);
if (total > floor) process.exit(1);
