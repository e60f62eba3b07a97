// Scheduled backups of a town that is being served under load: whole, proven, and the same town when restored.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, run, check, equal, until, cases } from './lib.mjs';
import { day, addDevice, values, things, health, client, command } from './town.mjs';

const finished = (folder) => readdirSync(folder).filter((name) => /Z$/.test(name)).sort();

// Writes without a pause until it is told to stop; `sent` counts what was acknowledged.
function load(server, ingest, thing) {
  const state = { sent: 0, refused: [], going: true };
  state.ended = (async () => {
    while (state.going) {
      const body = Array.from({ length: 200 }, (_, i) => `telemetry,thing=${thing} v=${state.sent + i} ${day + state.sent + i}`).join('\n');
      const answer = await server.request('POST', '/api/v2/write?precision=ms', { body, token: ingest }).catch((error) => ({ status: 0, text: `${error.message}\n${server.log}` }));
      if (answer.status === 0) state.going = false;
      if (answer.status === 204) state.sent += 200;
      else state.refused.push(answer.text);
    }
  })();
  return state;
}

await cases({
  'under load: nothing is refused, and the backup holds one moment of the town': async () => {
    const data = scratch('backups');
    const folder = scratch('backups-kept');
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    let server = await new Server(data, { args: ['--auto-claim'] }).start();
    const device = await addDevice(server, admin, { key: 'm' });
    equal((await server.request('POST', '/api/v2/write?precision=ms', { body: `telemetry,thing=a v=-1 ${day - 1}`, token: ingest })).status, 204, 'written');
    equal((await health(server, admin)).backup.scheduled, false, 'not scheduled without a folder');
    equal(await server.stop(), 0, 'SIGTERM');

    server = await new Server(data, { args: ['--auto-claim'], env: { QALA_BACKUP_FOLDER: folder, QALA_BACKUP_KEEP: '2' } }).start();
    const writing = load(server, ingest, 'a');
    const sender = await client(server.mqtt, { username: device.token, protocolVersion: 5 });
    for (let i = 0; i < 20; i++) await sender.publishAsync('v1/devices/me/telemetry', JSON.stringify({ ts: day + i, values: { v: i } }), { qos: 1 });
    const before = writing.sent;
    const backup = await until('a backup is made and proven', async () => {
      const now = (await health(server, admin)).backup;
      if (now.problem) throw new Error(now.problem);
      return now.last_good && now;
    }, 120);
    writing.going = false;
    await writing.ended;
    await sender.endAsync();
    equal(writing.refused, [], 'nothing was refused meanwhile');
    equal([backup.kept, backup.running, backup.same_disk], [1, false, true], 'the health page says so');
    const [name] = finished(folder);
    equal(readdirSync(folder), [name], 'nothing else is left in the folder');
    check((await server.request('GET', '/metrics')).text.includes('qala_backup_failed 0'), 'the metrics say so');

    const again = scratch('backups-restored');
    rmSync(again, { recursive: true });
    const said = await command(0, ['restore', '--from', join(folder, name), '--data', again]);
    check(said.out.includes('restored'), said.out);
    const restored = await new Server(again).start();
    const there = await values(restored, admin, 'a', 'v');
    const live = await values(server, admin, 'a', 'v');
    const [others, itself] = await Promise.all([restored, server].map(async (one) => (await things(one, admin)).has('m') ? (await values(one, admin, 'm', 'v')).length : 0));
    check(others <= itself, `the backup holds ${others} of the other thing's ${itself}`);
    equal(live.length, writing.sent + 1, 'every acknowledged reading is in the town');
    check(there.length > 0 && there.length <= live.length, `the backup holds ${there.length} of ${live.length}`);
    equal(there, live.slice(0, there.length), 'and they are the first ones, without a gap');
    equal([...(await things(restored, admin)).keys()].sort(), [...(await things(server, admin)).keys()].sort(), 'the same things');
    equal(restored.log.includes('error'), false, restored.log);
    equal(await restored.stop(), 0, 'SIGTERM');
    check(before >= 0, 'it ran under load');
    const contents = JSON.parse(readFileSync(join(folder, name, 'backup.json'), 'utf8'));
    equal(contents.observations, there.length + others, 'it says how many readings it holds');

    equal(await server.stop(), 0, 'SIGTERM');
    await server.start();
    equal((await health(server, admin)).backup.last_good, backup.last_good, 'it is known after a restart');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'a folder that is not there is a problem, not a backup on the wrong disk': async () => {
    const data = scratch('backups-lost');
    const admin = token(data, 'admin');
    const folder = join(data, '..', `${Date.now()}-not-mounted`);
    const server = await new Server(data, { env: { QALA_BACKUP_FOLDER: folder } }).start();
    const problem = await until('it is told', async () => (await health(server, admin)).problems.find((p) => p.code === 'backup.failed'), 30);
    check(problem.text.includes('mounted'), problem.text);
    equal(existsSync(folder), false, 'nothing was made there');
    equal((await until('monitors learn of it', async () => { const a = await server.request('GET', '/health'); return a.status === 503 && a; }, 10)).json, { state: 'degraded' }, '/health');
    equal((await server.request('GET', '/ready')).status, 200, 'readings are still taken');
    equal(await server.stop(), 0, 'SIGTERM');
  },

  'a kill in the middle leaves no half backup': async () => {
    const data = scratch('backups-killed');
    const folder = scratch('backups-killed-kept');
    const admin = token(data, 'admin');
    mkdirSync(join(folder, '2026-01-01T00-00-00Z.unfinished', 'readings'), { recursive: true });
    mkdirSync(join(folder, 'photos'));
    const server = await new Server(data, { env: { QALA_BACKUP_FOLDER: folder } }).start();
    await until('one begins or is done', async () => (await health(server, admin)).backup.last_attempt, 30);
    await server.kill();
    await server.start();
    await until('one is done', async () => (await health(server, admin)).backup.last_good, 60);
    equal(readdirSync(folder).filter((name) => !/Z$/.test(name)), ['photos'], 'what was half written is gone, what is not ours stays');
    for (const name of finished(folder)) check(run('check', '--data', join(folder, name)).includes('sound'), `${name} is whole`);
    equal(await server.stop(), 0, 'SIGTERM');
  },
});
