// The description of the interface (docs/openapi, GET /api/v1/openapi.json): is it OpenAPI, has it every route, is it held
// against enough answers. Run last by tests/programs/api.sh: QALA_TEST_DESCRIBED has what the tests before it asked.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Described } from '../../tools/openapi/answers.mjs';
import { validate } from '../../tools/openapi/validator.mjs';
import { elsewhere } from './elsewhere.mjs';
import { Server, scratch, token, check, equal, until, cases, root } from './lib.mjs';
import { addDevice } from './town.mjs';

const methods = ['get', 'post', 'put', 'patch', 'delete', 'options'];
const every = (document) => Object.entries(document.paths).flatMap(([path, item]) =>
  methods.filter((method) => item[method]).map((method) => ({ path, operation: item[method], name: `${method.toUpperCase()} ${path}` })));
// The files of the screens are no route; without a provider of identities there are none to it.
const files = ['GET /control'];
const provider = elsewhere.oidc;
// The routes below /v1.1 are one to the server: whatever follows.
const below = (prefix, names) => names.find((name) => name.startsWith(prefix));

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).filter((one) => one.isFile() && one.name.endsWith('.cpp'))
    .map((one) => join(one.parentPath, one.name));
}

const data = scratch('openapi');
const read = token(data, 'read');
const admin = token(data, 'admin');
const server = await new Server(data).start();
const document = (await server.request('GET', '/api/v1/openapi.json')).json;
const operations = every(document);

await cases({
  'the description is OpenAPI 3.1 to somebody else': async () => {
    check(document.openapi.startsWith('3.1.'), document.openapi);
    equal(await validate(document), [], 'what is wrong with it');
  },

  'every route is described, with who may, and no route is that is not there': async () => {
    const { routes } = await server.get('/api/v1/routes', read);
    const names = operations.map(({ name }) => name);
    const wild = routes.filter(({ path }) => path.endsWith('{rest*}'));
    const plain = routes.filter((route) => !wild.includes(route)).map(({ method, path }) => `${method} ${path}`);
    const prefixes = wild.map(({ method, path }) => `${method} ${path.replace('{rest*}', '')}`);
    equal(plain.filter((name) => !names.includes(name)), [], 'routes that docs/openapi does not describe');
    equal(prefixes.filter((prefix) => !below(prefix, names)), [], 'routes below which docs/openapi describes nothing');
    const there = (name) => plain.includes(name) || files.includes(name) || provider.includes(name) || prefixes.some((prefix) => name.startsWith(prefix));
    const sockets = operations.filter(({ operation }) => operation['x-qala-socket']);
    equal(operations.filter((one) => !sockets.includes(one) && !there(one.name)).map(({ name }) => name), [], 'described routes that are not there');
    for (const { method, path, who, of } of routes) {
      const described = document.paths[path]?.[method.toLowerCase()];
      if (described) equal([`${method} ${path}`, described['x-qala-right']], [`${method} ${path}`, of ? { role: who, of } : { role: who }], 'who may');
      const under = path.endsWith('{rest*}') ? operations.filter(({ name }) => name.startsWith(`${method} ${path.replace('{rest*}', '')}`) && !plain.includes(name)) : [];
      for (const { name, operation } of under) equal([name, operation['x-qala-right'].role], [name, who], 'who may');
    }
  },

  'every socket is described, and is one': async () => {
    const sockets = operations.filter(({ operation }) => operation['x-qala-socket']);
    for (const { path } of sockets) {
      const answer = await server.request('GET', path.replace('{id}', '1'), { token: read });
      equal([path, answer.status], [path, 426], 'a socket asks for an upgrade');
    }
    const sources = filesBelow(join(root, 'src')).filter((path) => !path.endsWith('_test.cpp')).map((path) => readFileSync(path, 'utf8'));
    const made = sources.flatMap((text) => [...text.matchAll(/\.websocket\("([^"]+)"/g)].map(([, path]) => path));
    equal(made.toSorted(), sockets.map(({ path }) => path).toSorted(), 'sockets of the sources');
  },

  'what comes over the live stream is as described': async () => {
    const described = new Described(document);
    const socket = new WebSocket(`ws://${server.http}/api/v1/stream?p=${read}`);
    const came = new Map();
    const wrong = [];
    socket.addEventListener('message', ({ data: text }) => {
      const message = JSON.parse(text);
      came.set(message.type, message);
      wrong.push(...described.mistakes(document.components.schemas.StreamMessage, message).map((mistake) => `${message.type}: ${mistake}`));
    });
    await until('the server says hello', () => came.has('hello'));
    socket.send(JSON.stringify({ subscribe: ['values', 'alarms', 'health', 'unclaimed', 'registry', 'warnings', 'rules'] }));
    socket.send(JSON.stringify({ ping: 7 }));
    const bin = await addDevice(server, admin, { key: 'KO-1', kind: 'bin' });
    await server.request('POST', `/api/v1/${bin.token}/telemetry`, { body: JSON.stringify({ fill_level: 97 }) });
    await server.request('POST', '/api/v2/write', { token: admin, body: 'telemetry,thing=nobody fill_level=3' });
    await server.request('POST', '/api/v1/exercise', { token: admin, body: JSON.stringify({ reason: 'the stream', minutes: 5 }) });
    equal((await server.request('PUT', '/api/v1/rules/stop_cold', { token: admin, body: JSON.stringify({ severity: 3 }) })).status, 200, 'a rule is changed');
    const words = { headline: 'Frost', description: 'Frost tonight.', instruction: 'Stay in.' };
    const warning = { hazard: 'frost', urgency: 'expected', severity: 'minor', certainty: 'likely', expires: Date.now() + 3_600_000, texts: { kk: words, ru: words, en: words } };
    equal((await server.request('POST', '/api/v1/warnings', { token: admin, body: JSON.stringify(warning) })).status, 201, 'a draft of a warning');
    const types = document.components.schemas.StreamMessage.oneOf.map(({ properties }) => properties.type.const);
    await until(`messages of every type, but there are ${[...came.keys()]}`, () => types.every((type) => came.has(type)));
    socket.close();
    equal(wrong.slice(0, 5), [], 'messages that are not as described');
  },

  'what no example asks': async () => {
    const ask = async (status, method, path, body, headers) => {
      const answer = await server.request(method, path, { token: admin, headers, body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body) });
      equal(answer.status, status, `${method} ${path}: ${answer.text}`);
      return answer;
    };
    const { id } = (await ask(201, 'POST', '/api/v1/cameras', { key: 'К-1', name: 'Street 1', lon: 70.95, lat: 51.99, main: { url: 'rtsp://127.0.0.1:9/none' } })).json;
    const camera = `/api/v1/cameras/${id}`;
    await ask(200, 'PATCH', camera, { group: 'streets', record: 'never' });
    await ask(200, 'PUT', `${camera}/masks`, { masks: [{ name: 'window', points: [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]] }] });
    await ask(201, 'POST', `${camera}/unmask`, { case: '17/2026', reason: 'an accident', minutes: 1 });
    for (const path of ['/api/v1/cameras', camera, `${camera}/masks`, `${camera}/recordings`, '/api/v1/looks', '/api/v1/looks/summary?month=2026-11']) await ask(200, 'GET', path);
    await ask(200, 'PUT', '/api/v1/cameras/groups', { name: 'streets', keep_days: 7, keep_gb: 10 });
    await ask(200, 'GET', '/api/v1/cameras/groups');
    await ask(204, 'DELETE', camera);
    await ask(200, 'POST', '/api/v1/rules/parse', { toml: (await ask(200, 'GET', '/api/v1/rules/export.toml')).text });
    const [alarm] = (await ask(200, 'GET', '/api/v1/alarms?state=open')).json.alarms;
    await ask(200, 'PUT', `/api/v1/alarms/${alarm.id}/assignee`, { assignee: null });
    await ask(201, 'POST', '/api/v1/users', { name: 'dana', role: 'viewer', language: 'kk', password: 'warm rooms 12' });
    const session = (await ask(200, 'POST', '/api/v1/session', { user: 'dana', password: 'warm rooms 12' })).json;
    await ask(204, 'DELETE', `/api/v1/sessions/${session.id}`);
    const codec = (await ask(201, 'POST', '/api/v1/codecs', { name: 'None', script: 'function decodeUplink(input) { return {data: {}}; }' })).json;
    await ask(204, 'DELETE', `/api/v1/codecs/${codec.id}`);
    for (const page of ['/', '/kk', '/ru', '/en', '/control']) await ask(200, 'GET', page);
    const thing = (await ask(201, 'POST', '/v1.1/Things', { name: 'Mast', description: '' })).headers.location.replace(/^.*(?=\/v1.1\/)/, '');
    await ask(200, 'PATCH', thing, { description: 'by the river' });
    await ask(200, 'PUT', thing, { name: 'Mast', description: 'by the bridge' });
    await ask(201, 'POST', `${thing}/Locations`, { name: 'Bridge', description: '', encodingType: 'application/geo+json', location: { type: 'Point', coordinates: [70.95, 51.99] } });
    for (const path of ['/v1.1', '/v1.1/Things?$top=1&$count=true', thing, `${thing}/name`, `${thing}/Locations`]) await ask(200, 'GET', path);
    for (const path of ['/v1.1', '/v1.1/Things']) await ask(204, 'OPTIONS', path);
    await ask(200, 'DELETE', `${thing}/Locations?$filter=name%20eq%20'Harbour'`);
    await ask(200, 'DELETE', "/v1.1/Things?$filter=name%20eq%20'Harbour'");
    await ask(200, 'DELETE', thing);
  },

  'every operation was asked, and answered as it is described': async () => {
    const ledger = process.env.QALA_TEST_DESCRIBED;
    if (!ledger) return check(true, 'nothing was held against the description: tests/programs/api.sh does');
    const refused = operations.filter(({ operation }) => !Object.keys(operation.responses).some((status) => status < 400)).map(({ name }) => name); // always
    const asked = new Set(readFileSync(ledger, 'utf8').split('\n').map((line) => line.split(/ (?=\d+$)/)).filter(([name, status]) => status < 400 || refused.includes(name)).map(([name]) => name));
    const others = Object.values(elsewhere).flat();
    const missing = operations.filter(({ name, operation }) => !operation['x-qala-socket'] && !files.includes(name) && !others.includes(name) && !asked.has(name));
    equal(missing.map(({ name }) => name), [], 'operations that no example of docs/api and no test of this program asks with success');
  },

  'the server ends': async () => equal(await server.stop(), 0, 'SIGTERM'),
});
