// The data folder and the commands around it: tokens and users while serving, import, export, backup, restore, check,
// the audit chain, what is refused, erasure, the end by SIGTERM.
import { appendFileSync, chownSync, closeSync, copyFileSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import net from 'node:net';
import { Server, scratch, token, run, check, equal, until, cases, qala, root } from './lib.mjs';
import { day, addDevice, values, client, command, streamOf } from './town.mjs';

const refused = async (args, pattern, options) => {
  const said = await command(1, args, options);
  check(pattern.test(said.err), `says why: ${said.err}`);
};
const linesOf = (thing, n, start = 0) => Array.from({ length: n }, (_, i) => `telemetry,thing=${thing} v=${start + i} ${day + start + i}`).join('\n');
async function write(server, ingest, body) {
  const answer = await server.request('POST', '/api/v2/write?precision=ms', { body, token: ingest, scheme: 'Token' });
  equal(answer.status, 204, `written: ${answer.text}`);
}
// What an intruder with the file could do: triggers that keep rows are no hindrance.
const tamper = (file, sql) => execFileSync(process.execPath, ['--no-warnings', '--experimental-sqlite', '-e', `
  const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(${JSON.stringify(file)});
  for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()) db.exec('DROP TRIGGER ' + name);
  db.exec('PRAGMA foreign_keys = OFF; ' + ${JSON.stringify(sql)});`]);

// A town with a few thousand readings in files; the server is not running afterwards.
async function filledTown(name) {
  const data = scratch(name);
  const tokens = { admin: token(data, 'admin'), ingest: token(data, 'ingest') };
  const server = await new Server(data, { args: ['--auto-claim'] }).start();
  for (const thing of ['left', 'right']) await write(server, tokens.ingest, linesOf(thing, 3000));
  equal(await server.stop(), 0, 'the server ends');
  await command(0, ['import', '--data', data, emptyFile(data)]); // settles: what is in the log goes to files
  return { data, ...tokens, server };
}
function emptyFile(data) {
  const path = `${data}-nothing.lines`;
  writeFileSync(path, '# nothing\n');
  process.on('exit', () => ['', '.errors', '.progress'].forEach((end) => rmSync(path + end, { force: true })));
  return path;
}
const segments = (data) => readdirSync(join(data, 'readings')).filter((f) => f.endsWith('.seg')).map((f) => join(data, 'readings', f));

// Every file of the folder that holds these bytes.
function holding(folder, bytes, found = []) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) holding(path, bytes, found);
    else if (entry.isFile() && readFileSync(path).includes(bytes)) found.push(path);
  }
  return found;
}

await cases({
  'tokens while serving: made, listed, revoked': async () => {
    const data = scratch('tokens');
    const admin = token(data, 'admin');
    const server = await new Server(data, { args: ['--auto-claim'] }).start();
    const made = token(data, 'ingest', 'while serving');
    check(/^\S+$/.test(made), 'only the token is printed');
    await write(server, made, 'telemetry,thing=a v=1');
    const bus = token(data, 'bus', 'node-red');
    const device = await addDevice(server, admin, { key: 'dev' });
    const open = await Promise.all([bus, device.token].map((username) => client(server.mqtt, { username, protocolVersion: 5 })));
    const list = run('token', 'list', '--data', data);
    check(!list.includes(made) && !list.includes(bus), 'secrets are not listed');
    for (const name of ['while serving', 'node-red', 'dev']) {
      const line = list.split('\n').find((l) => l.includes(`  ${name}  `));
      check(line, `${name} is listed`);
      await command(0, ['token', 'revoke', '--data', data, '--id', line.trim().split(' ')[0]]);
    }
    await until('the token is refused', async () => (await server.request('POST', '/api/v2/write', { body: 'telemetry,thing=a v=2', token: made })).status === 401, 10);
    await until('open MQTT connections of withdrawn tokens end', () => open.every((c) => !c.connected), 10);
    await command(1, ['token', 'revoke', '--data', data, '--id', '4711']);
    await command(2, ['token', 'create', '--data', data, '--name', 'x', '--scope', 'everything']);
    await command(2, ['token', 'create', '--data', data]);
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'users while serving: added, changed, removed': async () => {
    const data = scratch('users');
    const server = await new Server(data).start();
    const signIn = async (user, password) => (await server.request('POST', '/api/v1/session', { body: JSON.stringify({ user, password }) })).status;
    await command(0, ['user', 'add', '--data', data, '--name', 'aigul', '--role', 'admin', '--language', 'kk'], { input: 'correct horse 42\n' });
    await until('she can sign in', async () => (await signIn('aigul', 'correct horse 42')) === 200, 10);
    await command(0, ['user', 'add', '--data', data, '--name', 'marat', '--role', 'viewer'], { input: 'battery staple 7\n' });
    check(/viewer\s+kk\s+marat/.test(run('user', 'list', '--data', data)), 'he is listed');
    await command(0, ['user', 'password', '--data', data, '--name', 'marat'], { input: 'another staple 8\n' });
    await until('the new password counts', async () => (await signIn('marat', 'another staple 8')) === 200, 10);
    equal(await signIn('marat', 'battery staple 7'), 401, 'the old one does not');
    await command(0, ['user', 'remove', '--data', data, '--name', 'marat']);
    await until('he is gone', async () => (await signIn('marat', 'another staple 8')) === 401, 10);
    await command(1, ['user', 'remove', '--data', data, '--name', 'aigul']);
    await command(2, ['user', 'add', '--data', data, '--name', 'weak'], { input: '123\n' });
    await command(1, ['user', 'password', '--data', data, '--name', 'nobody'], { input: 'some long word 1\n' });
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'import: lines, CSV, things; errors with line numbers': async () => {
    const data = scratch('import');
    const file = (name, text) => { const path = join(data, '..', `${data.split('/').pop()}-${name}`); writeFileSync(path, text); process.on('exit', () => ['', '.errors', '.progress'].forEach((end) => rmSync(path + end, { force: true }))); return path; };
    const lines = file('h.lines', `${linesOf('a', 10)}\nrubbish\n${linesOf('b', 5)}\ntelemetry,thing=b v=NaN ${day}\n`);
    check(/15 readings, 0 duplicates, 2 lines with errors/.test((await command(0, ['import', '--data', data, '--precision', 'ms', lines])).out), 'what was done');
    equal(readFileSync(`${lines}.errors`, 'utf8').split('\n').map((l) => l.split(':')[0]).filter(Boolean), ['11', '17'], 'lines of the errors');
    const csv = file('h.csv', `thing,key,time,value\na,w,${day},1\na,w,soon,2\na,w,${day + 1},3\n`);
    check(/2 readings, 0 duplicates, 1 lines with errors/.test((await command(0, ['import', '--data', data, csv])).out), 'CSV');
    equal(readFileSync(`${csv}.errors`, 'utf8').split(':')[0], '3', 'line of the error');
    const geo = file('t.geojson', JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: { type: 'Point', coordinates: [70.95, 51.99] }, properties: { key: 'lamp-1', name: 'Lamp 1', kind: 'lamp' } }] }));
    check(/1 created/.test((await command(0, ['import', '--data', data, geo])).out), 'things from GeoJSON');
    const thingsCsv = run('export', 'things', '--data', data);
    const copy = file('t.csv', `${thingsCsv}\n`);
    check(/0 created, 0 changed, [1-9]/.test((await command(0, ['import', '--data', data, '--format', 'things-csv', copy])).out), 'what is exported is what is imported');
    const again = await command(0, ['import', '--data', data, '--precision', 'ms', lines]);
    check(/0 readings, 15 duplicates/.test(again.out), `twice is once: ${again.out}`);
    const out = run('export', 'readings', '--data', data, '--thing', 'a').split('\n');
    equal([out[0], out.filter((l) => l.startsWith('a,v,')).length, out.filter((l) => l.startsWith('a,w,')).length], ['thing,key,time,value', 10, 2], 'export');
    equal(run('export', 'readings', '--data', data, '--thing', 'a', '--from', new Date(day + 8).toISOString()).split('\n').filter((l) => l.startsWith('a,v,')).length, 2, 'from a time');
    check(JSON.parse(run('export', 'things', '--data', data, '--format', 'geojson')).features.some((f) => f.properties.key === 'lamp-1'), 'GeoJSON');
    await command(1, ['import', '--data', data, `${lines}-absent`]);
    await command(2, ['import', '--data', data, '--format', 'xml', lines]);
  },

  'an import that was killed goes on where it stopped': async () => {
    const data = scratch('resume');
    const file = `${data}-long.lines`;
    process.on('exit', () => ['', '.errors', '.progress'].forEach((end) => rmSync(file + end, { force: true })));
    const n = 400_000;
    for (let i = 0; i < n; i += 50_000) appendFileSync(file, `${linesOf(`t${i / 50_000}`, 50_000, i)}\nrubbish\n`);
    const child = spawn(qala, ['import', '--data', data, '--precision', 'ms', file], { stdio: 'ignore' });
    const gone = once(child, 'exit');
    await until('some of it is in', () => existsSync(`${file}.progress`) && Number(readFileSync(`${file}.progress`, 'utf8').split(' ')[0]) > 4e6, 60);
    child.kill('SIGKILL');
    await gone;
    const note = readFileSync(`${file}.progress`);
    const second = await command(0, ['import', '--data', data, '--precision', 'ms', file]);
    check(/goes on at line [1-9]\d{4}/.test(second.out), `goes on: ${second.out}`);
    const [, readings, duplicates, wrong] = second.out.match(/(\d+) readings, (\d+) duplicates, (\d+) lines with errors/).map(Number);
    check(readings + duplicates >= n && wrong >= 8, `the figures are those of both runs: ${second.out}`);
    check(!existsSync(`${file}.progress`), 'the note of how far is gone');
    equal(new Set(readFileSync(`${file}.errors`, 'utf8').trim().split('\n').map((l) => Number(l.split(':')[0]))).size, 8, 'all errors are told');
    const sound = await command(0, ['check', '--data', data]);
    check(sound.out.includes(`${n} observations`), `each once: ${sound.out}`);
    writeFileSync(`${file}.progress`, note);
    const other = scratch('resume-other');
    const third = await command(0, ['import', '--data', other, '--precision', 'ms', file]);
    check(/begins with line 1/.test(third.out) && third.out.includes(`${n} readings, 0 duplicates, 8 lines`), `another town begins at the beginning: ${third.out}`);
  },

  'a text that ends where a piece of the file does': async () => {
    const data = scratch('pieces');
    const file = `${data}-pieces.csv`;
    process.on('exit', () => ['', '.errors', '.progress'].forEach((end) => rmSync(file + end, { force: true })));
    const row = (i) => `a,t,${day + i * 1000},${i}\n`;
    let text = 'thing,key,time,value\n';
    for (let i = 0; text.length < (2 << 20) - 200; i += 1) text += row(i);
    const rows = text.split('\n').length - 2;
    const begun = `a,note,${day},"two lines, of which the second is long: \n`; // the last line's end of the first 2 MB
    writeFileSync(file, `${text}${begun}${'x'.repeat(5000)}"\na,note,${day + 1},"cut off by a kill\n${row(rows)}${row(rows + 1)}`);
    const done = await command(0, ['import', '--data', data, file]);
    check(done.out.includes(`${rows + 3} readings, 0 duplicates, 1 lines with errors`), `${rows}: ${done.out}`);
  },

  'backup while serving under load, restore': async () => {
    const data = scratch('backup');
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    const server = await new Server(data, { args: ['--auto-claim'] }).start();
    const acknowledged = [];
    let stop = false;
    const load = (async () => {
      for (let n = 0; !stop; n += 20) {
        await write(server, ingest, linesOf('loaded', 20, n));
        acknowledged.push(n + 19);
      }
    })();
    const to = scratch('backup-to');
    for (let i = 0; i < 2; i++) { // the second adds to the first
      await until('some load', () => acknowledged.length > 30 * (i + 1));
      const before = acknowledged.at(-1);
      await command(0, ['backup', '--data', data, '--to', to]);
      const into = join(scratch('restored'), 'town');
      await command(0, ['restore', '--data', into, '--from', to]);
      const copy = await new Server(into).start();
      const there = await values(copy, admin, 'loaded', 'v');
      check(there.length > before, `${there.length} readings, ${before + 1} were acknowledged before`);
      equal(there, Array.from({ length: there.length }, (_, n) => n), 'none is missing, none is there twice');
      equal(await copy.stop(), 0, 'the copy ends');
      await refused(['restore', '--data', into, '--from', to], /not empty/);
    }
    stop = true;
    await load;
    equal(await server.stop(), 0, 'SIGTERM');
    const cold = scratch('backup-cold');
    await command(0, ['backup', '--data', data, '--to', cold]);
    const into = join(scratch('restored'), 'town');
    await command(0, ['restore', '--data', into, '--from', cold]);
    check(run('export', 'readings', '--data', into).split('\n').length === acknowledged.at(-1) + 2, 'a backup without a server has all');
    await refused(['restore', '--data', join(into, 'x'), '--from', join(into, 'rules')], /not a backup/);
    renameSync(join(cold, 'backup.json'), join(cold, 'backup.json.unfinished')); // as a copy is that a kill cut off
    await refused(['restore', '--data', `${into}-cut`, '--from', cold], /cut off/);
    equal(existsSync(`${into}-cut`), false, 'and nothing is made of it');
  },

  'an empty folder is no town, and a backup writes over no other town': async () => {
    const { data } = await filledTown('its-own');
    const copy = scratch('its-copy');
    await command(0, ['backup', '--data', data, '--to', copy]);
    const listing = () => readdirSync(copy, { recursive: true }).sort().map((f) => `${f} ${statSync(join(copy, f)).size}`);
    const before = listing();
    const empty = scratch('mount-point'); // of a disk that is not there
    const none = new RegExp(`there is no town in ${empty}`);
    await refused(['check', '--data', empty], none);
    await refused(['export', 'readings', '--data', empty], none);
    await refused(['backup', '--data', empty, '--to', copy], none);
    equal(readdirSync(empty), [], 'nothing is written there');
    const { data: other } = await filledTown('another');
    await refused(['backup', '--data', other, '--to', copy], /another town/);
    equal(listing(), before, 'the copy is as it was');
    const into = join(scratch('restored'), 'town');
    await command(0, ['restore', '--from', copy, '--data', into]);
  },

  'flipped bytes are found and named, the rest is served': async () => {
    const { data, admin, server } = await filledTown('flipped');
    equal((await command(0, ['check', '--data', data])).out.includes('sound'), true, 'sound before');
    const [file] = segments(data).sort((a, b) => statSync(b).size - statSync(a).size);
    const original = readFileSync(file);
    let named = 0;
    const damaged = new Set();
    for (let i = 0; i < 12; i++) {
      const at = Math.floor((original.length - 1) * (i + 0.5) / 12);
      const bytes = Buffer.from(original);
      bytes[at] ^= 0x10;
      writeFileSync(file, bytes);
      const said = await command(1, ['check', '--data', data]);
      check(said.out.includes(file.split('/').pop()), `the flipped byte ${at} is found and the file named: ${said.out}${said.err}`);
      if (/datastream \d+; \d{4}-\d\d-\d\dT\S+ to /.test(said.out)) {
        named++;
        damaged.add(at);
      }
    }
    check(named >= 3, `datastream and range are named where a chunk is hit (${named} of 12)`);
    const bytes = Buffer.from(original);
    bytes[[...damaged][0]] ^= 0x10;
    writeFileSync(file, bytes);
    await server.start();
    const left = await Promise.all(['left', 'right'].map(async (thing) => {
      const id = await streamOf(server, admin, thing, 'v');
      return server.get(`/api/v1/datastreams/${id}/observations?from=${day}&to=${day + 1e6}&limit=100000`, admin);
    }));
    check(left.some((l) => l.values.length === 3000 && l.damaged.length === 0), 'the other datastream is whole');
    check(left.some((l) => l.damaged.length > 0 && l.values.length < 3000), 'the damaged one says so');
    const files = await Promise.all(['left', 'right'].map(async (thing) => {
      const id = await streamOf(server, admin, thing, 'v');
      return (await server.request('GET', `/api/v1/datastreams/${id}/export.csv?from=${day}&to=${day + 1e6}`, { token: admin })).text;
    }));
    equal(files.map((text) => text.includes('\n# damaged: ')), left.map((l) => l.damaged.length > 0), 'and so does its CSV');
    const kept = left.reduce((sum, l) => sum + l.values.length, 0);
    const exported = async () => {
      const said = await command(1, ['export', 'readings', '--data', data]);
      equal(said.out.trim().split('\n').length, kept + 1, 'what can be read is printed');
      check(/readings are missing in what was exported/.test(said.err) && said.err.includes(file.split('/').pop()), `and what cannot is named: ${said.err}`);
    };
    await exported();
    equal(await server.stop(), 0, 'SIGTERM');
    await exported();
    writeFileSync(file, original);
    await command(0, ['check', '--data', data]);
  },

  'check and export beside the running server': async () => {
    const data = scratch('beside');
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    const server = await new Server(data, { args: ['--auto-claim'] }).start();
    const n = 30_000; // more than one piece
    for (let i = 0; i < n; i += 10_000) await write(server, ingest, linesOf('busy', 10_000, i));
    await write(server, ingest, `telemetry,thing=other\\,\\ place v=1 ${day}`);
    let stop = false;
    let written = n;
    const load = (async () => {
      for (; !stop; written += 20) await write(server, ingest, linesOf('busy', 20, written));
    })();
    const acknowledged = written;
    const [checked, exported] = await Promise.all([command(0, ['check', '--data', data]), command(0, ['export', 'readings', '--data', data, '--thing', 'busy'])]);
    const [, seen] = checked.out.match(/^(\d+) observations in \d+ files, \d+ audit entries: sound/);
    check(Number(seen) > acknowledged, `check counts all that was acknowledged: ${checked.out}`);
    const rows = exported.out.trim().split('\n').slice(1).map((line) => Number(line.split(',')[3]));
    check(rows.length >= acknowledged && rows.every((v, i) => v === i), `each reading once, in order (${rows.length} of ${acknowledged})`);
    stop = true;
    await load;
    const things = run('export', 'things', '--data', data);
    check(things.includes('busy'), 'things too');
    const all = run('export', 'readings', '--data', data, '--from', new Date(day + 10).toISOString(), '--to', new Date(day + 20).toISOString());
    equal(all.split('\n').length, 11, 'a window');
    await refused(['export', 'readings', '--data', data, '--thing', 'nobody'], /no thing "nobody"/);
    await command(2, ['export', 'readings', '--data', data, '--from', 'yesterday']);
    const live = (await command(0, ['export', 'readings', '--data', data])).out;
    equal(await server.stop(), 0, 'SIGTERM');
    check((await command(0, ['export', 'readings', '--data', data])).out === live, 'without the server the same');
    check(live.includes('\n"other, place",v,'), `a comma in a key is quoted: ${live.slice(-80)}`);
    await command(0, ['import', '--data', data, emptyFile(data)]); // what is in the log goes to files
    const [file] = segments(data).sort((a, b) => statSync(b).size - statSync(a).size);
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 3)] ^= 0x10;
    writeFileSync(file, bytes);
    const alone = await command(1, ['check', '--data', data]);
    await server.start();
    const beside = await command(1, ['check', '--data', data]);
    check(beside.out.includes(file.split('/').pop()), `the damage is named: ${beside.out}`);
    equal(beside.out, alone.out, 'the same with the server and without');
    equal(await server.stop(), 0, 'SIGTERM');
    check((await values(await server.start(), admin, 'other, place', 'v')).length === 1, 'the rest is served');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'an export that cannot be written says so': async () => {
    const data = scratch('unwritten');
    const file = `${data}-many.lines`;
    process.on('exit', () => ['', '.errors', '.progress'].forEach((end) => rmSync(file + end, { force: true })));
    writeFileSync(file, Array.from({ length: 300 }, (_, i) => `telemetry,thing=place-${i} v=${i} ${day}\n`).join('')); // more than a buffer holds
    await command(0, ['import', '--data', data, '--precision', 'ms', file]);
    const unwritten = (...args) => {
      const full = openSync('/dev/full', 'w');
      const said = spawnSync(qala, [...args, '--data', data], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8', timeout: 60_000 });
      closeSync(full);
      equal(said.status, 1, `qala ${args.join(' ')} on a full disk: ${said.stderr}`);
      check(/could not be written to its end/.test(said.stderr), `it says so: ${said.stderr}`);
    };
    for (const what of ['readings', 'things']) unwritten('export', what);
    unwritten('export', 'things', '--format', 'geojson');
    unwritten('export', 'readings', '--thing', 'place-7'); // less than a buffer holds: lost at the end only
    token(data, 'admin');
    unwritten('token', 'list');
    const server = await new Server(data).start();
    unwritten('export', 'readings');
    unwritten('check');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'root leaves no file in a folder of another user': async () => {
    if (process.getuid() !== 0) return console.log('SKIPPED root in a folder of another user: this user is not root');
    const place = scratch('owned');
    const data = join(place, 'town');
    const nobody = 65534;
    mkdirSync(data);
    for (const folder of [place, data]) chownSync(folder, nobody, nobody);
    const said = await command(0, ['user', 'add', '--data', data, '--role', 'admin', '--name', 'first'], { input: 'correct horse 42\n' });
    check(new RegExp(`going on as \\S+, to whom ${data} belongs`).test(said.err), `it says so: ${said.err}`);
    const file = join(place, 'year.lp');
    writeFileSync(file, `${linesOf('a', 10)}\n`);
    await command(0, ['import', '--data', data, '--precision', 'ms', file]);
    await command(0, ['backup', '--data', data, '--to', join(place, 'copy')]);
    await command(0, ['restore', '--from', join(place, 'copy'), '--data', join(place, 'again/')]);
    const roots = readdirSync(place, { recursive: true }).filter((f) => statSync(join(place, f)).uid !== nobody);
    equal(roots, ['year.lp'], 'nothing else is of root');
  },

  'a second start takes nothing from the server that runs': async () => {
    const data = scratch('second');
    const server = await new Server(data).start();
    const link = join(data, 'setup-link');
    const before = readFileSync(link, 'utf8');
    await refused(['serve', '--data', data, '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'], /in use/);
    equal(readFileSync(link, 'utf8'), before, 'the link of the first administrator is there');
    equal(await server.stop(), 0, 'SIGTERM');
    await server.start();
    check(readFileSync(link, 'utf8') !== before, 'a start makes a new one');
    equal(await server.stop(), 0, 'SIGTERM');
    await command(0, ['user', 'add', '--data', data, '--role', 'admin', '--name', 'first'], { input: 'correct horse 42\n' });
    await server.start();
    equal(existsSync(link), false, 'there is none once there is an administrator');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'a folder in use, of a newer version or none is refused with a reason': async () => {
    const { data, server } = await filledTown('refused');
    await server.start();
    const serve = ['serve', '--data', data, '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'];
    await refused(serve, /in use|another|lock/i);
    await refused(['import', '--data', data, emptyFile(data)], /in use.*\nstop the server.*\n +curl .*\/api\/v2\/write\?precision=ns/);
    equal(await server.stop(), 0, 'SIGTERM');
    const manifest = join(data, 'readings/manifest');
    const before = readFileSync(manifest);
    const newer = Buffer.from(before);
    newer[7] = 99;
    writeFileSync(manifest, newer);
    check(/newer version/.test((await command(2, serve)).err), 'a manifest of a newer version, and it says so');
    writeFileSync(manifest, before.subarray(0, before.length - 9));
    await refused(serve, /manifest/);
    writeFileSync(manifest, before);
    const town = join(data, 'town.db');
    copyFileSync(town, `${town}.kept`);
    for (const room of ['registry', 'access', 'alarms']) {
      tamper(town, `UPDATE room_version SET version = version + 50 WHERE room = '${room}'`);
      const said = await command(1, serve);
      check(said.err.includes(`the tables of ${room} have version`) && /this program knows \d+: start the newer Qala or restore/.test(said.err), `${room}: ${said.err}`);
      for (const end of ['-wal', '-shm']) rmSync(town + end, { force: true });
      copyFileSync(`${town}.kept`, town);
    }
    await command(1, ['check', '--data', `${data}-absent`]);
    await command(2, ['serve']);
    await command(2, ['dance']);
    check((await command(0, ['version'])).out.startsWith('qala '), 'version');
    for (const name of ['serve', 'import', 'export', 'backup', 'restore', 'check', 'check-config', 'user', 'token', 'audit', 'version']) {
      check((await command(0, [name, '--help'])).out.includes('Usage'), `${name} --help`);
    }
    await server.start();
    equal(await server.stop(), 0, 'it serves again');
  },

  'a folder that is damaged is refused with the file named, and not touched': async () => {
    const { data, server, ingest } = await filledTown('damaged');
    await server.start();
    for (let i = 0; i < 200; i++) await write(server, ingest, linesOf('left', 5, 10_000 + 5 * i));
    await server.kill(); // what was written since is in the log only
    const serve = ['serve', '--data', data, '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'];
    const log = join(data, 'readings/log');
    const logs = readdirSync(log).filter((f) => f.endsWith('.log')).map((f) => join(log, f));
    const current = logs.find((f) => readFileSync(f).includes('left') || readFileSync(f).subarray(4096).some((b) => b !== 0));
    const files = { 'town.db': join(data, 'town.db'), 'audit.db': join(data, 'audit.db'), 'mqtt.db': join(data, 'mqtt.db'), log: current };
    for (const [name, file] of Object.entries(files)) {
      const whole = readFileSync(file);
      const kept = ['-wal', '-shm'].filter((end) => existsSync(file + end)).map((end) => [end, readFileSync(file + end)]);
      const broken = Buffer.from(whole);
      if (name === 'log') broken[2000] ^= 0xff; // within rows that have others behind them
      else broken.fill(0x5a, 0, 100); // the header
      writeFileSync(file, broken);
      for (const [end] of kept) rmSync(file + end);
      const said = await command(1, serve);
      check(said.err.includes(name === 'log' ? file.split('/').pop() : name), `the file is named: ${said.err}`);
      check(/\d/.test(said.err) && said.err.length < 2000, `in a line: ${said.err}`);
      if (name === 'log') check(/byte|offset|at \d+/.test(said.err), `and the place: ${said.err}`);
      check(Buffer.compare(readFileSync(file), broken) === 0, `${name} is left as it was`);
      writeFileSync(file, whole);
      for (const [end, bytes] of kept) writeFileSync(file + end, bytes);
    }
    await server.start();
    equal(await server.stop(), 0, 'whole again, it serves');
    check((await command(0, ['check', '--data', data])).out.includes('7000 observations'), 'and nothing is lost');
  },

  'the configuration: errors with line and column, the environment': async () => {
    const folder = scratch('config');
    const file = join(folder, 'qala.toml');
    const bad = async (text, pattern) => {
      writeFileSync(file, text);
      const said = await command(2, ['check-config', file]);
      check(pattern.test(said.err), `${JSON.stringify(text)}: ${said.err}`);
    };
    await bad('[town]\nzone = "Asia/Almaty"\ncolour = "blue"\n', /qala\.toml:3:1: .*colour/);
    await bad('[twon]\n', /qala\.toml:1:\d+: .*twon/);
    await bad('[store]\nmemory_mb = "many"\n', /qala\.toml:2:13: .*number/);
    await bad('[town]\nzone = "Moon/Sea"\n', /qala\.toml:2:8: /);
    await bad('[http\n', /qala\.toml:1:\d+: /);
    await command(0, ['check-config', join(root, 'qala.example.toml')]);
    const data = scratch('config-data');
    await command(2, ['serve', '--data', data, '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'], { env: { QALA_TOWN_COLOUR: 'blue' } });
    await refused(['serve', '--data', data, '--http', '0.0.0.0:0', '--mqtt', '127.0.0.1:0'], /plain HTTP/);
    await command(1, ['check-config', join(folder, 'absent.toml')]);
  },

  'the audit chain: whole, tampered with, cut': async () => {
    const { data } = await filledTown('audit');
    const whole = await command(0, ['audit', 'verify', '--data', data]);
    const head = whole.out.match(/head (\S+)/)[1];
    await command(0, ['token', 'create', '--data', data, '--name', 'later', '--scope', 'read']);
    await command(0, ['audit', 'verify', '--data', data, '--head', head]);
    await command(1, ['audit', 'verify', '--data', data, '--head', head.replace(/\.[0-9a-f]{2}/, (two) => two === '.00' ? '.11' : '.00')]);
    const copies = { cut: 'DELETE FROM entry WHERE rowid = (SELECT max(rowid) FROM entry)', hole: 'DELETE FROM entry WHERE rowid = 2' };
    for (const [name, sql] of Object.entries(copies)) {
      const copy = scratch(`audit-${name}`);
      cpSync(data, copy, { recursive: true });
      tamper(join(copy, 'audit.db'), sql);
      const now = (await command(0, ['audit', 'verify', '--data', data])).out.match(/head (\S+)/)[1];
      await command(1, ['audit', 'verify', '--data', copy, '--head', now]);
      if (name === 'hole') await command(1, ['audit', 'verify', '--data', copy]);
    }
  },

  'erasure of a datastream removes its bytes': async () => {
    const data = scratch('erase');
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    const server = await new Server(data, { args: ['--auto-claim'] }).start();
    const secret = 'the-words-that-must-go-4711';
    await write(server, ingest, `telemetry,thing=person said="${secret}" ${day}\ntelemetry,thing=person other="stays-behind-0815" ${day}`);
    equal(await server.stop(), 0, 'SIGTERM');
    await server.start();
    check(holding(join(data, 'readings'), secret).length > 0, 'the bytes are there');
    const id = await streamOf(server, admin, 'person', 'said');
    equal((await server.request('DELETE', `/api/v1/datastreams/${id}/observations`, { token: admin })).status, 204, 'erased');
    equal(await values(server, admin, 'person', 'said'), [], 'nothing is answered');
    equal(holding(data, secret), [], 'no file holds the bytes');
    equal(await values(server, admin, 'person', 'other'), ['stays-behind-0815'], 'the other datastream stays');
    await server.kill();
    await server.start();
    equal(await values(server, admin, 'person', 'said'), [], 'nothing after kill -9 either');
    equal(await server.stop(), 0, 'SIGTERM');
    await command(0, ['check', '--data', data]);
    check(run('export', 'readings', '--data', data).includes('stays-behind'), 'and the export agrees');
  },

  'a thing removed with its readings leaves no byte of them': async () => {
    const data = scratch('erase-thing');
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    const server = await new Server(data, { args: ['--auto-claim'] }).start();
    const secret = 'the-words-that-must-go-4712';
    await write(server, ingest, `telemetry,thing=person said="${secret}",also="${secret}" ${day}\ntelemetry,thing=other other="stays-behind-0816" ${day}`);
    const things = (await server.get('/api/v1/things', admin)).things;
    const id = things.find((thing) => thing.key === 'person').id;
    check(holding(join(data, 'readings'), secret).length > 0, 'the bytes are there');
    equal((await server.request('DELETE', `/api/v1/things/${id}?readings=erase`, { token: admin })).status, 204, 'removed');
    equal(holding(data, secret), [], 'no file holds the bytes');
    equal(await values(server, admin, 'other', 'other'), ['stays-behind-0816'], 'the other thing stays');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'SIGTERM within five seconds with open connections': async () => {
    const data = scratch('sigterm');
    const admin = token(data, 'admin');
    const bus = token(data, 'bus');
    const server = await new Server(data, { args: ['--auto-claim'] }).start();
    const clients = await Promise.all(Array.from({ length: 20 }, () => client(server.mqtt, { username: bus, protocolVersion: 5 })));
    const [host, port] = server.http.split(':');
    const half = Array.from({ length: 20 }, (_, i) => {
      const socket = net.connect(Number(port), host);
      socket.on('error', () => {});
      socket.write(i % 2 ? 'GET /api/v1/health HTTP/1.1\r\nHost: x\r\n' : `POST /api/v2/write HTTP/1.1\r\nHost: x\r\nAuthorization: Token ${admin}\r\nContent-Length: 1000\r\n\r\nhalf`);
      return socket;
    });
    await until('they are there', async () => (await server.get('/api/v1/health', admin)).http.connections >= 20, 20);
    const began = process.hrtime.bigint();
    equal(await server.stop(), 0, 'exit code');
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    check(seconds < 5, `it took ${seconds} s`);
    half.forEach((s) => s.destroy());
    clients.forEach((c) => c.end(true));
    await command(0, ['check', '--data', data]);
  },
});
