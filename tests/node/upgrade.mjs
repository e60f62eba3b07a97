// A data folder of every released version, opened by this program: the same town; a kill at any moment of the upgrade;
// the way back.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Server, scratch, run, qala, root, check, equal, cases } from './lib.mjs';
import { command } from './town.mjs';
import { townOf } from '../old/town.mjs';

const old = join(root, 'tests/old');
const versions = readdirSync(old).filter((name) => name.endsWith('.tar.gz')).map((name) => name.replace('.tar.gz', ''));
const shim = join(dirname(qala), 'libqala_kill_at.so');

function unpack(version, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  execFileSync('tar', ['-xzf', join(old, `${version}.tar.gz`), '-C', folder]);
  return folder;
}
async function same(folder, expected, what) {
  const server = await new Server(folder, { args: ['--bus', '127.0.0.1:0'] }).start();
  const found = await townOf(server, expected.token);
  equal(await server.stop(), 0, 'SIGTERM');
  for (const [part, value] of Object.entries(found)) equal(value, expected[part], `${what}: ${part}`);
}
const roomVersions = (file) => JSON.parse(execFileSync(process.execPath, ['--no-warnings', '--experimental-sqlite', '-e', `
  const { DatabaseSync } = require('node:sqlite');
  console.log(JSON.stringify(new DatabaseSync(${JSON.stringify(file)}).prepare('SELECT room, version FROM room_version ORDER BY room').all()));`], { encoding: 'utf8' }));

const all = {};
for (const version of versions) {
  const expected = JSON.parse(readFileSync(join(old, `${version}.json`), 'utf8'));

  all[`a folder of ${version} is the same town after the upgrade`] = async () => {
    const folder = unpack(version, join(scratch('upgrade'), 'town'));
    const before = roomVersions(join(folder, 'town.db'));
    const refused = await command(1, ['user', 'list', '--data', folder]);
    check(refused.err.includes('qala upgrade --data'), `other commands say what to do: ${refused.err}`);
    equal(roomVersions(join(folder, 'town.db')), before, 'and change nothing');
    const said = await command(0, ['upgrade', '--data', folder]);
    check(said.out.includes('before-upgrade-'), said.out);
    check((await command(0, ['upgrade', '--data', folder])).out.includes('already'), 'a second time there is nothing to do');
    check(run('check', '--data', folder).includes('sound'), 'every byte is sound');
    const verified = await command(0, ['audit', 'verify', '--data', folder, '--head', expected.audit.head]);
    check(verified.out.startsWith(`${expected.audit.entries} entries`), verified.out);
    await same(folder, expected, 'upgraded');
    const kept = readdirSync(folder).filter((name) => name.startsWith('before-upgrade-'));
    equal(kept.length, 1, 'what was is kept');
    equal(roomVersions(join(folder, kept[0], 'town.db')), before, 'as the older program wrote it');
    const again = join(folder, '..', 'again');
    await command(0, ['restore', '--from', join(folder, kept[0]), '--data', again]);
    await same(again, expected, 'the kept copy, restored');
  };

  all[`serving a folder of ${version} upgrades it`] = async () => {
    await same(unpack(version, join(scratch('upgrade-serve'), 'town')), expected, 'served');
  };

  all[`a kill at any moment of the upgrade of ${version} loses nothing`] = async () => {
    const base = scratch('upgrade-killed');
    const folder = join(base, 'town');
    await command(0, ['upgrade', '--data', unpack(version, folder)]);
    const whole = roomVersions(join(folder, 'town.db'));
    let kills = 0;
    for (let at = 1; ; at++) {
      unpack(version, folder);
      const before = roomVersions(join(folder, 'town.db'));
      const ended = spawnSync(qala, ['upgrade', '--data', folder], { env: { ...process.env, LD_PRELOAD: shim, TEST_KILL_AT: String(at) }, encoding: 'utf8' });
      if (ended.status === 0) break;
      equal(ended.signal, 'SIGKILL', `change ${at}: ${ended.stderr}`);
      kills++;
      check(at < 1000, 'it comes to an end');
      await command(0, ['upgrade', '--data', folder]);
      equal(roomVersions(join(folder, 'town.db')), whole, `every step was taken, after a kill before change ${at}`);
      check(run('check', '--data', folder).includes('sound'), `sound after a kill before change ${at}`);
      const kept = join(folder, readdirSync(folder).find((name) => /^before-upgrade-\d+$/.test(name)));
      equal(roomVersions(join(kept, 'town.db')), before, `what was is kept, after a kill before change ${at}`);
      equal(readdirSync(folder).filter((name) => name.includes('unfinished')), [], 'nothing half made is left');
      if (at % 20 === 1) await same(folder, expected, `after a kill before change ${at}`);
    }
    check(kills > 20, `it was killed ${kills} times`);
  };
}

await cases({
  ...all,

  'a folder of a newer program is refused, with the way back': async () => {
    const folder = unpack(versions[0], join(scratch('upgrade-back'), 'town'));
    await command(0, ['upgrade', '--data', folder]);
    writeFileSync(join(folder, 'format'), '99 qala 9.9.9\n');
    for (const args of [['upgrade'], ['serve', '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'], ['check'], ['user', 'list']]) {
      const said = await command(1, [...args, '--data', folder]);
      check(said.err.includes('qala 9.9.9') && said.err.includes('start the newer one'), said.err);
      check(/qala restore --from \S+before-upgrade-1 --data/.test(said.err), `the command that goes back: ${said.err}`);
    }
    equal(readFileSync(join(folder, 'format'), 'utf8'), '99 qala 9.9.9\n', 'nothing is touched');
  },

  'a folder that is being served is not upgraded beneath it': async () => {
    const folder = unpack(versions[0], join(scratch('upgrade-busy'), 'town'));
    const server = await new Server(folder).start();
    rmSync(join(folder, 'format'));
    const said = await command(1, ['upgrade', '--data', folder]);
    check(said.err.includes('in use'), said.err);
    equal(await server.stop(), 0, 'SIGTERM');
    check(existsSync(join(folder, 'before-upgrade-1')), 'the copy of the first upgrade is still there');
  },
});
