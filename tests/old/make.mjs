// Makes the data folder that stands for a released version, with that version's program:
//   QALA_TEST_BIN=FOLDER/OF/THE/PROGRAM node tests/old/make.mjs
// writes tests/old/VERSION.tar.gz and tests/old/VERSION.json, which says what a newer program must find in it. Made once
// a release and never changed afterwards.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, run, qala, root, equal, until } from '../node/lib.mjs';
import { day, addThing, addDevice, client } from '../node/town.mjs';
import { townOf } from './town.mjs';

const version = run('version').split(' ')[1];
const data = scratch('old');
const admin = token(data, 'admin', 'tests');
const ingest = token(data, 'ingest');
const provisioning = token(data, 'provisioning');
const user = (name, role, language) => execFileSync(qala, ['user', 'add', '--data', data, '--name', name, '--role', role, '--language', language], { input: 'a long password of old' });
user('aigul', 'admin', 'kk');
user('boris', 'operator', 'ru');

const options = { args: ['--auto-claim', '--bus', '127.0.0.1:0'] };
const server = await new Server(data, options).start();
const post = async (path, body, expected) => {
  const answer = await server.request('POST', path, { body, token: path.includes('write') ? ingest : admin });
  equal(answer.status, expected, `${path}: ${answer.text}`);
  return answer;
};
const house = await addThing(server, admin, { key: 'house-1', kind: 'heat_substation', name: 'Үй № 1', street: 'Абай к.' });
const device = await addDevice(server, admin, { key: 'bin-1', kind: 'bin', name: 'Бак № 1', parent: house.id });
const lines = [];
for (let i = 0; i < 2000; i++) lines.push(`telemetry,thing=air-1 pm2_5=${(10 + (i % 37) / 10).toFixed(1)},state="${i % 5 ? 'fine' : 'қоюлау'}",on=${i % 2 === 0},count=${i}i ${day + i * 60_000}`);
await post('/api/v2/write?precision=ms', lines.join('\n'), 204);
await post('/api/v2/write?precision=ms', `telemetry,thing=air-1 pm2_5=99.5 ${day + 60_000}\ntelemetry,thing=air-1 pm2_5=7.25 ${day - 90 * 86_400_000}`, 204); // corrected, late
equal(await server.stop(), 0, 'SIGTERM');
const nothing = join(data, '..', 'nothing.lines');
writeFileSync(nothing, '# nothing\n');
run('import', '--data', data, nothing); // settles: what is in the log goes to files
['', '.errors', '.progress'].forEach((end) => rmSync(nothing + end, { force: true }));

await server.start();
const now = Date.now();
const sender = await client(server.mqtt, { username: device.token, protocolVersion: 5 });
const publish = (values, ts) => sender.publishAsync('v1/devices/me/telemetry', JSON.stringify({ ts, values }), { qos: 1 });
await publish({ fill_level: 40 }, now - 3000);
await publish({ fill_level: 97 }, now - 2000);
await sender.endAsync();
const unknown = await client(server.mqtt, { username: provisioning, clientId: 'waiting-1', protocolVersion: 5 });
await unknown.publishAsync('v1/devices/me/telemetry', JSON.stringify({ ts: day, values: { humidity: 55 } }), { qos: 1 });
await unknown.endAsync();
const bus = await client(server.bus, { protocolVersion: 5 });
await bus.publishAsync('town/notice', 'сәлем', { qos: 1, retain: true });
await bus.endAsync();
const alarms = await until('the alarm is raised', async () => { const { alarms: open } = await server.get('/api/v1/alarms', admin); return open.some((a) => a.rule.includes('bin')) && open; }, 20);
const bin = alarms.find((a) => a.rule.includes('bin'));
await post(`/api/v1/alarms/${bin.id}/acknowledge`, JSON.stringify({ comment: 'көрдім' }), 200);
await post('/api/v2/write?precision=ms', `telemetry,thing=air-1 pm2_5=12.5 ${day + 3000 * 60_000}`, 204);
const expected = { version, token: admin, ...(await townOf(server, admin)) };
equal(await server.stop(), 0, 'SIGTERM');
const verified = run('audit', 'verify', '--data', data).split('\n');
expected.audit = { entries: Number(verified[0].split(' ')[0]), head: verified[1].replace('head ', '') };

for (const name of ['setup-link', 'control.sock', 'readings/lock']) rmSync(join(data, name), { force: true });
execFileSync('tar', ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '-czf', join(root, `tests/old/${version}.tar.gz`), '-C', data, '.']);
writeFileSync(join(root, `tests/old/${version}.json`), `${JSON.stringify(expected, null, 1)}\n`);
console.log(`tests/old/${version}.tar.gz, ${expected.observations} readings`);
process.exit(0);
