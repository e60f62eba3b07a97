// What monitors ask: the verdict for anybody, the metrics for collectors, read by a parser of that format.
import parse from 'parse-prometheus-text-format';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, check, equal, until, cases } from './lib.mjs';
import { day } from './town.mjs';

const data = scratch('monitoring');
const tokens = Object.fromEntries(['admin', 'ingest', 'read'].map((scope) => [scope, token(data, scope)]));
// Screens of its own: whether they are built is another test's concern.
const screens = scratch('monitoring-screens');
mkdirSync(join(screens, 'control'));
writeFileSync(join(screens, 'control/index.html'), '<!doctype html>');
const env = { QALA_HTTP_WEB_FOLDER: screens };
const server = await new Server(data, { args: ['--auto-claim'], env }).start();

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

  'the health page has what a person looks for': async () => {
    const health = await server.get('/api/v1/health', tokens.read);
    equal([health.state, health.problems], ['ok', []], 'all is well');
    equal(Object.keys(health.ingest.rates), Object.keys(health.ingest.by_transport), 'a rate for each way');
    check(health.ingest.rates.http.length === 3 && health.ingest.rates.http[0] > 0, `over ten seconds, a minute, an hour: ${health.ingest.rates.http}`);
    check(health.limits.rows > 0 && health.limits.streams > 0, 'queues have limits');
    check(health.process.resident > 1e6 && health.process.descriptor_limit > 0, 'the process is looked at');
    check(/^20\d\d[a-z]$/.test(health.clock.zone_rules), `version of the zone data: ${health.clock.zone_rules}`);
    equal([health.backup.scheduled, health.backup.next, health.certificate], [false, null, null], 'what is not set up is null');
    check(health.rejects[0].samples[0].at > 1.7e12 && health.rejects[0].samples[0].text.length > 0, 'a sample with its time');
    const storage = await server.get('/api/v1/health/storage', tokens.read);
    equal(storage.retention.map((one) => one.class), ['standard', 'short'], 'classes of retention');
    check(storage.retention[0].datastreams > 0 && storage.next_run_s <= 3600, 'and when the next run is');
    const history = await server.get('/api/v1/health/history', tokens.read);
    equal([history.step_s, Object.keys(history.lag_ms)], [60, ['commit_p99', 'rules_p99', 'screens_p99']], 'the last hours by the minute');
    for (const path of ['/api/v1/health', '/api/v1/health/storage', '/api/v1/health/history']) {
      equal((await server.request('GET', path)).status, 401, `${path} is not for anybody`);
    }
  },

  'what a person must see to degrades, and says since when': async () => {
    const other = scratch('monitoring-degraded');
    const reader = token(other, 'read');
    const sick = await new Server(other, { env: { QALA_HTTP_WEB_FOLDER: join(screens, 'nothing') } }).start();
    equal((await sick.request('GET', '/health')).json, { state: 'degraded' }, 'for anybody');
    equal((await sick.request('GET', '/ready')).status, 200, 'readings are taken all the same');
    const health = await sick.get('/api/v1/health', reader);
    equal(health.problems.map((one) => [one.code, one.severity]), [['web.missing', 2]], 'which problem it is');
    check(Math.abs(health.problems[0].since - health.clock.now) < 60_000, 'since when');
    mkdirSync(join(screens, 'nothing/control'), { recursive: true });
    writeFileSync(join(screens, 'nothing/control/index.html'), '<!doctype html>');
    await until('it is mended', async () => (await sick.request('GET', '/health')).status === 200, 90);
    await sick.stop();
  },

  'a server that ends is waited for, also twice': async () => {
    equal(await server.stop(), 0, 'SIGTERM');
    equal(await server.stop(), 0, 'it has ended already');
    await server.kill();
    check(true, 'and kill() returns');
  },
});
