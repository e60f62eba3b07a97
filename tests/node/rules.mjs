// Rules as the editor uses them, rule files while serving, and exercises.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, check, equal, until, cases } from './lib.mjs';
import { addDevice, health } from './town.mjs';

const ask = (server, admin) => async (method, path, body) => server.request(method, path, { token: admin, body: body === undefined ? undefined : JSON.stringify(body) });
const words = { kk: 'сынақ', ru: 'проба', en: 'trial' };
const full = { key: 'trial_full', name: words, kind: 'bin', property: 'fill_level', comparison: '>', limit: 90, clear: 80, severity: 4 };

// A second apart, up to now: two readings of one millisecond would be one.
let sent = 0;
async function send(server, device, values) {
  const ts = Date.now() - 60_000 + 1000 * (sent += 1);
  const answer = await server.request('POST', `/api/v1/${device.token}/telemetry`, { body: JSON.stringify({ ts, values }) });
  equal(answer.status, 200, answer.text);
}

await cases({
  'two people edit one rule: the second is told, nothing is overwritten, and the past is kept': async () => {
    const data = scratch('rules-edit');
    const admin = token(data, 'admin', 'engineer');
    const server = await new Server(data).start();
    const call = ask(server, admin);
    const made = await call('PUT', '/api/v1/rules/trial_full', { ...full, revision: null });
    equal([made.status, made.json.origin, made.json.overrides], [200, 'edited', false], made.text);
    equal((await call('PUT', '/api/v1/rules/trial_full', { ...full, revision: null })).json.error.code, 'rule.exists', 'a new one with the key of another');
    const { revision } = made.json;
    const mine = await call('PUT', '/api/v1/rules/trial_full', { limit: 95, revision });
    equal([mine.status, mine.json.limit], [200, 95], mine.text);
    const theirs = await call('PUT', '/api/v1/rules/trial_full', { limit: 70, clear: 60, revision });
    equal([theirs.status, theirs.json.error.code], [409, 'rule.changed_meanwhile'], 'the second to save');
    const now = (await server.get('/api/v1/rules', admin)).rules.find((rule) => rule.key === 'trial_full');
    equal([now.limit, now.revision === mine.json.revision], [95, true], 'what is in force');
    equal((await call('PUT', '/api/v1/rules/trial_full', { limit: 93 })).status, 200, 'a script that does not ask');
    equal((await call('DELETE', '/api/v1/rules/trial_full')).status, 204, 'taken away');
    const { changes } = await server.get('/api/v1/rules/trial_full/history', admin);
    equal(changes.map((change) => [change.action, change.by]), [['rule.removed', 'engineer'], ['rule.changed', 'engineer'], ['rule.changed', 'engineer'], ['rule.changed', 'engineer']], 'its history');
    check(changes[2].before.includes('limit = 90') && changes[2].after.includes('limit = 95'), `before and after: ${JSON.stringify(changes[2])}`);
    equal([changes[3].before, changes[0].after], [null, null], 'there was none before, there is none after');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'text is read with the place of a mistake, and a file comes in whole or not at all': async () => {
    const data = scratch('rules-text');
    const admin = token(data, 'admin');
    const server = await new Server(data).start();
    const call = ask(server, admin);
    const { toml } = (await call('POST', '/api/v1/rules/text', { rule: full })).json;
    check(toml.startsWith('[[rule]]\n') && toml.includes('key = "trial_full"'), toml);
    const [read] = (await call('POST', '/api/v1/rules/parse', { toml })).json.rules;
    equal([read.key, read.limit, read.clear, read.name], ['trial_full', 90, 80, words], 'read back');
    const wrong = await call('POST', '/api/v1/rules/parse', { toml: toml.replace('clear = 80', 'clear = 91') });
    equal([wrong.status, wrong.json.error.code], [400, 'rule.text'], wrong.text);
    equal(wrong.json.error.where.split(':')[0], String(toml.split('\n').findIndex((line) => line.startsWith('clear')) + 1), 'the line of the mistake');
    check(wrong.json.error.message.startsWith('clear: '), wrong.text);
    const half = toml + toml.replace('trial_full', 'trial_second').replace('severity = 4', 'severity = 9');
    equal((await call('POST', '/api/v1/rules/import', { toml: half })).status, 400, 'one of the two is wrong');
    equal((await server.get('/api/v1/rules', admin)).rules.some((rule) => rule.key.startsWith('trial')), false, 'none was taken');
    equal((await call('POST', '/api/v1/rules/import', { toml })).json, { created: ['trial_full'], changed: [], unchanged: [] }, 'taken');
    const all = await server.request('GET', '/api/v1/rules/export.toml', { token: admin });
    check(all.headers['content-disposition'].includes('rules.toml') && all.text.includes('trial_full'), 'the file of all');
    equal((await call('POST', '/api/v1/rules/import', { toml: all.text })).json.changed, [], 'what went out comes in unchanged');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'a dry run tells how far it is, where and how often; the list tells reach and use': async () => {
    const data = scratch('rules-dry');
    const admin = token(data, 'admin');
    const server = await new Server(data).start();
    const call = ask(server, admin);
    const bin = await addDevice(server, admin, { key: 'B-1', kind: 'bin' });
    for (const value of [20, 97, 20, 98, 20, 99]) await send(server, bin, { fill_level: value });
    await call('PUT', '/api/v1/rules/bin_full', { for_s: 0 });
    for (const value of [20, 97]) await send(server, bin, { fill_level: value });
    const to = Date.now() + 1000;
    const answer = await call('POST', '/api/v1/rules/dry-run', { rule: { ...full, key: 'trial' }, from: to - 86400e3, to });
    check(/^[ \n]+\{/.test(answer.text), 'blanks come first');
    const blanks = answer.text.split('{')[0].split(' ').length - 1;
    check(blanks > 0 && blanks <= 100, `a blank for a per cent: ${blanks}`);
    equal([answer.json.fired, answer.json.places, answer.json.complete], [4, [[bin.id, 4]], true], answer.text);
    const usage = (await server.get('/api/v1/rules/usage', admin)).rules.find((rule) => rule.key === 'bin_full');
    equal([usage.things, usage.datastreams], [1, 1], 'what the rule reaches');
    check(usage.fired >= 1, `how often it fired: ${JSON.stringify(usage)}`);
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'open pages are told when other rules are in force: edited, taken in, taken back, or read from a file': async () => {
    const data = scratch('rules-told');
    const admin = token(data, 'admin');
    const read = token(data, 'read');
    const server = await new Server(data).start();
    const call = ask(server, admin);
    const socket = new WebSocket(`ws://${server.http}/api/v1/stream?p=${read}`);
    const came = [];
    socket.addEventListener('message', ({ data: text }) => came.push(JSON.parse(text).type));
    await until('the server says hello', () => came.includes('hello'));
    socket.send(JSON.stringify({ subscribe: ['rules'] }));
    socket.send(JSON.stringify({ ping: 1 }));
    await until('it has understood', () => came.includes('pong'));
    const { toml } = (await call('POST', '/api/v1/rules/text', { rule: { ...full, limit: 95 } })).json;
    const changes = {
      edited: () => call('PUT', '/api/v1/rules/trial_full', full),
      'taken in': () => call('POST', '/api/v1/rules/import', { toml }),
      'taken back': () => call('DELETE', '/api/v1/rules/trial_full'),
      'from a file': () => {
        mkdirSync(join(data, 'rules'), { recursive: true });
        writeFileSync(join(data, 'rules', 'own.toml'), toml);
        server.child.kill('SIGHUP');
      },
    };
    let told = 0;
    for (const [what, change] of Object.entries(changes)) {
      await change();
      told += 1;
      await until(`it is told: ${what}`, () => came.filter((type) => type === 'rules').length === told);
    }
    socket.close();
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'files of rules are read again at SIGHUP; one that does not read harms nothing and is told': async () => {
    const data = scratch('rules-files');
    const admin = token(data, 'admin');
    const server = await new Server(data).start();
    const rule = async (key) => (await server.get('/api/v1/rules', admin)).rules.find((one) => one.key === key);
    const problem = async () => (await health(server, admin)).problems.find((one) => one.code === 'rules.file');
    const file = join(data, 'rules', 'own.toml');
    const text = (limit) => `[[rule]]\nkey = "own"\nname = {kk = "а", ru = "б", en = "c"}\nkind = "bin"\nlimit = ${limit}\n`;
    mkdirSync(join(data, 'rules'), { recursive: true });
    writeFileSync(file, text(50));
    server.child.kill('SIGHUP');
    await until('the new rule is in force', async () => (await rule('own'))?.limit === 50);
    equal((await rule('own')).origin, 'file', 'where it comes from');
    writeFileSync(file, text('"many"'));
    server.child.kill('SIGHUP');
    const told = await until('the mistake is on the health page', problem);
    check(told.text.includes('own.toml:5:9: limit: must be a number'), `file, line and column: ${told.text}`);
    equal((await rule('own')).limit, 50, 'the rules before stay in force');
    equal((await server.request('GET', '/health')).status, 503, 'monitors hear of it');
    writeFileSync(file, text(60));
    server.child.kill('SIGHUP');
    await until('the mended file is in force', async () => (await rule('own'))?.limit === 60);
    await until('the problem is gone', async () => (await problem()) === undefined);
    rmSync(file);
    server.child.kill('SIGHUP');
    await until('the rule goes with its file', async () => (await rule('own')) === undefined);
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'an exercise is marked wherever it is seen, also after kill -9, and its end clears what it raised': async () => {
    const data = scratch('exercise');
    const admin = token(data, 'admin', 'leader');
    const server = await new Server(data).start();
    const call = ask(server, admin);
    const stop = await addDevice(server, admin, { key: 'S-1', kind: 'bus_stop', name: 'Тұрақ-1' });
    await send(server, stop, { temperature: 15 });
    equal((await call('POST', '/api/v1/exercise/alarms', { rule: 'stop_cold', thing: stop.id })).json.error.code, 'exercise.none', 'none runs');
    equal((await call('POST', '/api/v1/exercise', { minutes: 60 })).json.error.code, 'exercise.reason_missing', 'without a reason');
    const begun = await call('POST', '/api/v1/exercise', { minutes: 60, reason: 'frost at the stops' });
    equal([begun.status, begun.json.exercise.by, begun.json.town], [201, 'leader', false], begun.text);
    const raised = await call('POST', '/api/v1/exercise/alarms', { rule: 'stop_cold', thing: stop.id, value: -12 });
    equal([raised.status, raised.json.exercise, raised.json.value], [200, true, -12], raised.text);
    const listed = async () => (await server.get('/api/v1/alarms?state=open', admin)).alarms;
    equal((await listed()).map((alarm) => alarm.exercise), [true], 'in the list');
    const metrics = (await server.request('GET', '/metrics')).text;
    check(/qala_alarms_exercise 1/.test(metrics) && !/qala_alarms_open\{severity="\d"\} [1-9]/.test(metrics), 'collectors are not alarmed');
    for (const language of ['kk', 'ru', 'en']) check(!(await server.request('GET', `/${language}`)).text.includes('Тұрақ-1'), `residents are not told (${language})`);
    await server.kill();
    await server.start();
    equal((await listed()).map((alarm) => [alarm.id, alarm.exercise]), [[raised.json.id, true]], 'after kill -9');
    equal((await server.get('/api/v1/exercise', admin)).exercise.reason, 'frost at the stops', 'it still runs');
    const figures = await server.get('/api/v1/alarms/performance', admin);
    equal([figures.alarms, figures.exercise], [0, 1], 'left out of the figures, and said');
    const book = (await server.get('/api/v1/shift', admin)).open;
    equal([...book.unacknowledged, ...book.acknowledged].map((alarm) => alarm.exercise), [true], 'in the shift book');
    equal((await call('POST', `/api/v1/alarms/${raised.json.id}/acknowledge`, {})).status, 200, 'it is answered as any');
    equal((await call('DELETE', '/api/v1/exercise')).status, 204, 'ended');
    await until('its alarms are gone', async () => (await listed()).length === 0);
    const one = await server.get(`/api/v1/alarms/${raised.json.id}`, admin);
    equal([one.exercise, one.history.at(-1).step], [true, 'exercise_over'], 'the record stays');
    const { exercises } = await server.get('/api/v1/exercises', admin);
    equal(exercises.map((past) => [past.reason, past.ended_by]), [['frost at the stops', 'leader']], 'past ones');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'a training copy says so everywhere': async () => {
    const data = scratch('training');
    const admin = token(data, 'admin');
    const config = join(data, 'training.toml');
    writeFileSync(config, '[town]\nexercise = true\n');
    const server = await new Server(data, { args: ['--config', config] }).start();
    const town = await server.get('/api/v1/town', admin);
    equal([town.exercise, town.name.en.includes('TRAINING COPY')], [true, true], JSON.stringify(town.name));
    equal((await server.get('/api/v1/exercise', admin)).town, true, 'for the banner');
    for (const [language, mark] of [['kk', 'ЖАТТЫҒУ'], ['ru', 'УЧЕБНАЯ'], ['en', 'TRAINING']]) check((await server.request('GET', `/${language}`)).text.includes(mark), `the residents' page in ${language}`);
    equal(await server.stop(), 0, 'SIGTERM');
  },
});
