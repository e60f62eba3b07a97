// What monitors ask: the verdict for anybody, the metrics for collectors, read by a parser of that format.
import parse from 'parse-prometheus-text-format';
import { Server, scratch, token, check, equal, cases } from './lib.mjs';
import { day } from './town.mjs';

const data = scratch('monitoring');
const tokens = Object.fromEntries(['admin', 'ingest', 'read'].map((scope) => [scope, token(data, scope)]));
const server = await new Server(data, { args: ['--auto-claim'] }).start();

async function metrics() {
  const answer = await server.request('GET', '/metrics');
  equal(answer.status, 200, 'a collector on this machine needs no token');
  const families = parse(answer.text);
  return { text: answer.text, headers: answer.headers, families, family: (name) => families.find((f) => f.name === name) };
}
const valueOf = (family, labels = {}) => Number(family?.metrics.find((m) => Object.entries(labels).every(([k, v]) => m.labels?.[k] === v))?.value);

await cases({
  'anybody may ask whether all is well, and learns nothing else': async () => {
    for (const [path, word] of [['/health', 'ok'], ['/ready', 'ready']]) {
      const answer = await server.request('GET', path);
      equal([answer.status, answer.json], [200, { state: word }], path);
      equal(answer.headers['cache-control'], 'no-store', `${path} is not kept by proxies`);
      equal((await server.request('POST', path, { body: '' })).status, 405, `${path} is only read`);
    }
  },

  'metrics are for this machine and for tokens that may read': async () => {
    const status = async (options) => (await server.request('GET', '/metrics', options)).status;
    const passedOn = { 'x-forwarded-for': '203.0.113.9' };
    equal(await status({}), 200, 'from this machine');
    equal(await status({ headers: passedOn }), 401, 'passed on by a proxy');
    equal(await status({ headers: passedOn, token: tokens.read }), 200, 'passed on, with a token that may read');
    equal(await status({ headers: passedOn, token: tokens.ingest }), 403, 'passed on, with a token that may not');
    equal(await status({ token: 'invented' }), 401, 'with an invented token');
  },

  'a parser of the format reads them, and they keep its conventions': async () => {
    const { text, headers, families } = await metrics();
    equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8', 'content type');
    check(text.endsWith('\n'), 'the last line is whole');
    check(families.length > 40, `${families.length} families`);
    equal(new Set(families.map((f) => f.name)).size, families.length, 'each family once');
    for (const { name, type, help } of families) {
      check(/^qala_[a-z0-9_]+$/.test(name), `${name} is a name`);
      check(['COUNTER', 'GAUGE'].includes(type), `${name} has a type: ${type}`);
      equal(name.endsWith('_total'), type === 'COUNTER', `${name}: counters, and only they, end in _total`);
      check(!/_(ms|milliseconds|ns|minutes|hours|kb|mb|percent)(_|$)/.test(name), `${name}: base units`);
      check(help?.length > 3, `${name} has a help text`);
    }
    const samples = text.split('\n').filter((line) => line && !line.startsWith('#'));
    equal(families.reduce((sum, f) => sum + f.metrics.length, 0), samples.length, 'no line is lost on the parser');
    check(families.flatMap((f) => f.metrics).every((m) => Number.isFinite(Number(m.value))), 'every value is a number');
  },

  'they count what happens': async () => {
    const readingsBy = (m) => valueOf(m.family('qala_ingest_readings_total'), { transport: 'http' });
    const before = await metrics();
    const body = [0, 1, 2].map((i) => `telemetry,thing=a v=${i} ${day + i}`).join('\n');
    equal((await server.request('POST', '/api/v2/write?precision=ms', { body, token: tokens.ingest })).status, 204, 'written');
    const answer = await server.request('POST', '/api/v2/write?precision=ms', { body: 'this is no line', token: tokens.ingest });
    equal(answer.status, 400, 'refused');
    const after = await metrics();
    equal(readingsBy(after) - readingsBy(before), 3, 'readings by HTTP');
    equal(valueOf(after.family('qala_store_readings')) - valueOf(before.family('qala_store_readings')), 3, 'readings kept');
    equal(after.family('qala_ingest_rejected_total').metrics.reduce((sum, m) => sum + Number(m.value), 0), 1, 'one line was rejected');
    check(!after.text.includes('no line'), 'what devices sent is not in the metrics');
    equal(valueOf(after.family('qala_problems')), 0, 'no problems');
    equal(after.family('qala_alarms_open').metrics.length, 5, 'alarms of five severities');
    equal(valueOf(after.family('qala_build_info'), { version: (await server.get('/api/v1/town', tokens.read)).version }), 1, 'the version');
    for (const secret of Object.values(tokens)) check(!after.text.includes(secret), 'no token is in the metrics');
  },

  'a server that ends is waited for, also twice': async () => {
    equal(await server.stop(), 0, 'SIGTERM');
    equal(await server.stop(), 0, 'it has ended already');
    await server.kill();
    check(true, 'and kill() returns');
  },
});
