// First view: from the navigation to 3,000 things drawn, the cache empty, drawn by the processor; beside a bare MapLibre
// page of the same town in the same run, by turns. What the two bring over the wire is counted too.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { launchChromium, signUp, simulate, view } from '../browser.mjs';
import { Qala } from '../engines.mjs';
import { median, root, settings } from '../machine.mjs';

// The plan as the control room draws it, and the things as dots: nothing else.
const barePage = `<!doctype html><html><head><meta charset="utf-8"><link rel="stylesheet" href="/maplibre-gl.css"></head>
<body style="margin:0"><div id="map" style="height:100vh"></div><script type="module">
import * as maplibregl from '/maplibre-gl.mjs';
maplibregl.setWorkerUrl('/maplibre-gl-worker.mjs');
const [plan, things] = await Promise.all(['/plan.json', '/things.json'].map((path) => fetch(path).then((answer) => answer.json())));
const of = (layer, shape) => ['all', ['==', ['get', 'layer'], layer], ['in', ['geometry-type'], ['literal', [shape, 'Multi' + shape]]]];
const fill = (layer, color) => ({ id: layer + '-fill', type: 'fill', source: 'plan', filter: of(layer, 'Polygon'), paint: { 'fill-color': color } });
const line = (layer, color, width) => ({ id: layer + '-line', type: 'line', source: 'plan', filter: of(layer, 'LineString'), paint: { 'line-color': color, 'line-width': width } });
const points = things.filter((thing) => thing.lon != null);
const lons = points.map((thing) => thing.lon), lats = points.map((thing) => thing.lat);
const map = new maplibregl.Map({ container: 'map', attributionControl: false, fadeDuration: 0,
  bounds: [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]],
  style: { version: 8, sources: { plan: { type: 'geojson', data: plan, maxzoom: 12, tolerance: 0.1, buffer: 64 },
    things: { type: 'geojson', data: { type: 'FeatureCollection', features: points.map((thing) => ({ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [thing.lon, thing.lat] } })) } } },
  layers: [{ id: 'ground', type: 'background', paint: { 'background-color': '#121618' } }, fill('field', '#181d20'), fill('water', '#14222c'), line('water', '#14222c', 4),
    fill('road', '#23292d'), line('road', '#23292d', 2), fill('block', '#181d20'), fill('park', '#1a2320'), fill('house', '#2a3136'), fill('flat', '#353e45'), fill('hall', '#252c31'),
    line('avenue', '#343c42', 3), fill('avenue', '#343c42'), line('railway', '#4b565e', 2), line('pipe', '#59656d', 1),
    { id: 'things', type: 'circle', source: 'things', paint: { 'circle-radius': 3, 'circle-color': '#6d7880' } }] } });
map.once('idle', () => performance.mark('drawn'));
</script></body></html>`;

async function serveBare(plan, things) {
  const dist = join(root, 'web/node_modules/maplibre-gl/dist');
  const types = { css: 'text/css', mjs: 'text/javascript', json: 'application/json', html: 'text/html' };
  const files = new Map([['/', [barePage, 'html']], ['/plan.json', [plan, 'json']], ['/things.json', [things, 'json']]]);
  for (const name of ['maplibre-gl.mjs', 'maplibre-gl-worker.mjs', 'maplibre-gl-shared.mjs', 'maplibre-gl.css']) files.set(`/${name}`, [readFileSync(join(dist, name)), name.split('.').at(-1)]);
  const packed = new Map([...files].map(([path, [text, type]]) => [path, { body: gzipSync(text, { level: 9 }), type: types[type] }]));
  const server = http.createServer((request, response) => {
    const file = packed.get(request.url);
    if (!file) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': file.type, 'content-encoding': 'gzip', 'content-length': file.body.length }).end(file.body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

// A new context: nothing is cached, nothing compiled before.
async function timed(browser, address, cookies, marks) {
  const context = await browser.newContext({ viewport: view });
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'commit' });
  await page.waitForFunction((names) => names.every((name) => performance.getEntriesByName(name).length > 0), marks, { timeout: 120_000, polling: 50 });
  const seen = await page.evaluate((names) => ({
    ms: Math.max(...names.map((name) => performance.getEntriesByName(name)[0].startTime)),
    marks: Object.fromEntries(names.map((name) => [name, performance.getEntriesByName(name)[0].startTime])),
    bytes: performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0),
    requests: performance.getEntriesByType('resource').length,
  }), marks);
  await context.close();
  return seen;
}

export async function firstView(figures, raw) {
  const browser = await launchChromium();
  if (!browser) return;
  const qala = new Qala('view-qala');
  await qala.fresh().start();
  const town = await simulate(qala);
  const { origin, cookies } = await signUp(qala);
  const bare = await serveBare(await qala.get('/api/v1/town/plan', { authorization: `Bearer ${qala.token('read')}` }), JSON.stringify(await town.things()));
  try {
    const ours = [];
    const theirs = [];
    for (let n = 0; n < settings.runs; n++) {
      ours.push(await timed(browser, `${origin}/control/`, cookies, ['qala.things', 'qala.map']));
      theirs.push(await timed(browser, `${bare.origin}/`, [], ['drawn']));
      raw({ step: 'first view', ours: ours.at(-1), bare: theirs.at(-1) });
    }
    const of = (list) => median(list.map((one) => one.ms));
    const marks = ours[0].marks;
    figures.add('first view', 'navigation to 3,000 things drawn, times a bare MapLibre page', '×', of(ours) / of(theirs), { floor: 2, aim: 1.3, note: `things at ${Math.round(marks['qala.things'])} ms, plan at ${Math.round(marks['qala.map'])} ms in the first run` });
    figures.add('first view', 'navigation to 3,000 things drawn', 'ms', of(ours), { peer: { name: 'bare MapLibre', value: of(theirs) }, note: `${Math.round(median(ours.map((one) => one.bytes)) / 1024)} KB in ${ours[0].requests} requests; bare ${Math.round(median(theirs.map((one) => one.bytes)) / 1024)} KB in ${theirs[0].requests}` });
  } finally {
    bare.close();
    town.stop();
    await browser.close();
    await qala.stop();
  }
}
