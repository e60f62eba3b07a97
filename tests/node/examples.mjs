// Sends every request of docs/api/*.http to a real server with an empty town and compares the answers with what the files
// say; then looks whether docs/design/api.md names a request that no file tries.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, check, equal, until, cases, root } from './lib.mjs';

const folder = join(root, 'docs/api');
const files = readdirSync(folder).filter((f) => f.endsWith('.http')).sort();

// { title, answers, soon, with: [], keep: {}, method, target, headers, body, line }
function parse(text) {
  const requests = [];
  let current;
  let part;
  text.split('\n').forEach((line, i) => {
    if (line.startsWith('###')) {
      current = { title: line.slice(3).trim(), with: [], keep: {}, headers: {}, body: '', line: i + 1 };
      requests.push(current);
      part = 'head';
      return;
    }
    const [, word, rest] = line.match(/^# (answers|with|keep|soon) ?(.*)$/) ?? [];
    if (part === 'head' && word) {
      if (word === 'answers') current.answers = Number(rest);
      else if (word === 'with') current.with.push(rest);
      else if (word === 'soon') current.soon = true;
      else current.keep[rest.split(' = ')[0]] = rest.split(' = ')[1];
    } else if (part === 'head' && line) {
      [current.method, current.url] = line.split(' ');
      part = 'headers';
    } else if (part === 'headers' && line) {
      const colon = line.indexOf(': ');
      current.headers[line.slice(0, colon)] = line.slice(colon + 2);
    } else if (part === 'headers') part = 'body';
    else if (part === 'body') current.body += `${line}\n`;
  });
  return requests.map((r) => ({ ...r, body: r.body.trim() }));
}

const fill = (text, known) => text.replace(/\{\{(\w+)\}\}/g, (_, name) => {
  if (!(name in known)) throw new Error(`{{${name}}} is not known here`);
  return known[name];
});
const pick = (answer, path) => path === 'Set-Cookie'
  ? answer.headers['set-cookie'][0].split(';')[0]
  : path.split('.').reduce((value, key) => value[key.replaceAll('#', '.')], answer.json);

async function send(server, request, known) {
  const { pathname, search } = new URL(fill(request.url, known));
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, fill(value, known)]));
  const body = request.body || request.method === 'POST' || request.method === 'PUT' ? fill(request.body, known) : undefined;
  return server.request(request.method, pathname + search, { body, headers });
}

async function play(file) {
  const data = scratch('examples');
  const known = Object.fromEntries(['admin', 'ingest', 'provisioning'].map((scope) => [scope, token(data, scope)]));
  const server = await new Server(data).start();
  known.http = server.http;
  known.now = Date.now();
  known.later = known.now + 6 * 3600_000;
  known.setup_code = readFileSync(join(data, 'setup-link'), 'utf8').trim().split('code=')[1];
  for (const request of parse(readFileSync(join(folder, file), 'utf8'))) {
    const where = `docs/api/${file}:${request.line} ${request.title}`;
    check(request.answers && request.url, `${where}: says what is sent and what comes back`);
    const ask = async () => {
      const answer = await send(server, request, known);
      equal(answer.status, request.answers, `${where}: ${answer.text}`);
      for (const text of request.with) check(answer.text.includes(fill(text, known)), `${where}: ${text} in ${answer.text}`);
      return answer;
    };
    const answer = request.soon ? await until(where, ask, 20) : await ask();
    for (const [name, path] of Object.entries(request.keep)) {
      known[name] = pick(answer, path);
      check(known[name] !== undefined, `${where}: ${path} is answered`);
    }
  }
  equal(await server.stop(), 0, 'SIGTERM');
}

await cases({
  ...Object.fromEntries(files.map((file) => [file, () => play(file)])),

  'no request of the interface is without an example': async () => {
    const tried = files.flatMap((file) => parse(readFileSync(join(folder, file), 'utf8')))
      .map((r) => `${r.method} ${r.url.replace(/^http:\/\/\{\{http\}\}/, '').split('?')[0]}`);
    check(tried.length > 40, `${tried.length} examples`);
    // The screens' files and the live stream are no requests of this kind: tests/browser and the rooms' tests have them. What
    // wants an app's code, a link's code, a provider or another side that listens is in sessions, oidc, people and notify.
    const elsewhere = [
      'GET /control', 'GET /api/v1/stream', 'GET /api/v1/oidc/start', 'GET /api/v1/oidc/callback', 'POST /api/v1/session/second',
      'POST /api/v1/session/totp/recovery', 'DELETE /api/v1/users/{id}/totp', 'POST /api/v1/welcome/look', 'POST /api/v1/welcome',
      'POST /api/v1/notifications/recipients/{id}/test', 'POST /api/v1/notifications/browsers',
    ];
    const page = readFileSync(join(root, 'docs/design/api.md'), 'utf8');
    const [screens, devices] = page.split('## Devices and scripts');
    const named = [[screens, '/api/v1'], [devices, '']].flatMap(([text, prefix]) =>
      [...text.matchAll(/`(GET|POST|PUT|DELETE) (\/[^`?\s]*)/g)].map(([, method, path]) => `${method} ${path.startsWith('/api/') ? '' : prefix}${path}`));
    check(named.length > 40, `${named.length} requests in docs/design/api.md`);
    const missing = named.filter((request) => !elsewhere.includes(request) && !tried.some((t) => {
      const pattern = request.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+');
      return new RegExp(`^${pattern}$`).test(t);
    }));
    equal(missing, [], 'requests without an example');
  },
});
