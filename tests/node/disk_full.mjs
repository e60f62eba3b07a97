// A disk that gets full: refused with a reason, nothing acknowledged lost, on again when there is space. Needs a small
// file system of its own, so root.
import { execFileSync } from 'node:child_process';
import { mkdirSync, openSync, rmSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { Server, scratch, token, check, equal, until, cases } from './lib.mjs';
import { day, addDevice, values, health, client, command } from './town.mjs';

const place = scratch('disk-full');
function mounted() {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', place], { stdio: 'pipe' });
  } catch (error) {
    console.log(`SKIPPED the full disk: this user may not mount a tmpfs (${error.message.trim().split('\n').pop()})`);
    return false;
  }
  process.prependListener('exit', () => execFileSync('umount', ['-l', place]));
  return true;
}
if (!mounted()) process.exit(0);

const filler = join(place, 'filler');
function fillTheDisk() {
  const file = openSync(filler, 'w');
  const block = Buffer.alloc(64 << 10, 1);
  for (let size = block.length; size >= 4096;) {
    try {
      if (writeSync(file, block, 0, size) < size) size /= 2;
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
      size /= 2;
    }
  }
  closeSync(file);
}

await cases({
  'a full disk refuses, loses nothing, and the town goes on when there is space': async () => {
    const data = join(place, 'town');
    mkdirSync(data);
    const admin = token(data, 'admin');
    const ingest = token(data, 'ingest');
    const server = await new Server(data, { args: ['--auto-claim'], env: { QALA_STORE_MEMORY_MB: '16', QALA_MQTT_DEVICE_MESSAGES_PER_SECOND: '0' } }).start();
    const device = await addDevice(server, admin, { key: 'm' });
    const acknowledged = { h: 0, m: 0 };
    let next = 0;
    const write = async (n) => {
      const body = Array.from({ length: n }, () => `telemetry,thing=h v=${next},note="${String(next).repeat(20)}" ${day + next++}`).join('\n');
      const answer = await server.request('POST', '/api/v2/write?precision=ms', { body, token: ingest });
      if (answer.status === 204) acknowledged.h += n;
      return answer;
    };
    const sender = await client(server.mqtt, { username: device.token, protocolVersion: 5 });
    const publish = async () => {
      await sender.publishAsync('v1/devices/me/telemetry', JSON.stringify({ ts: day + next++, values: { v: 1, note: 'x'.repeat(2000) } }), { qos: 1 });
      acknowledged.m++;
    };
    for (let i = 0; i < 10; i++) equal((await write(100)).status, 204, 'there is space');
    await publish();
    fillTheDisk();
    let answer;
    for (let i = 0; i < 2000; i++) {
      answer = await write(500);
      if (answer.status !== 204) break;
    }
    equal([answer.status, answer.json.error?.kind], [507, 'full'], 'HTTP says that the disk is full');
    let error;
    for (let i = 0; i < 2000 && !error; i++) await publish().catch((e) => { error = e; });
    equal(error?.code, 151, 'MQTT says quota exceeded');
    const now = await health(server, admin);
    equal(now.state, 'degraded', 'the health page shows it');
    for (const [path, state] of [['/health', 'degraded'], ['/ready', 'not_ready']]) {
      const verdict = await until(`${path} says so`, async () => { const a = await server.request('GET', path); return a.status === 503 && a; }, 10);
      equal(verdict.json, { state }, `${path} to anybody`);
    }
    check(now.problems.some((p) => p.code === 'store.full' || p.code === 'disk.low'), 'and says what');
    const answered = (await values(server, admin, 'h', 'v')).length;
    check(answered >= acknowledged.h, `what was acknowledged is answered: ${answered} of ${acknowledged.h}`);
    check((await health(server, admin)).rejects.some((r) => r.reason === 'not_stored' && r.count > 0), 'what was not stored is counted');
    rmSync(filler);
    await until('it takes readings again', async () => (await write(10)).status === 204, 30);
    await until('and over MQTT', async () => { await publish(); return true; }, 30);
    await until('it is ready again', async () => (await server.request('GET', '/ready')).status === 200, 10);
    await sender.endAsync(true);
    const all = async () => {
      check((await values(server, admin, 'h', 'v')).length >= acknowledged.h, 'nothing acknowledged by HTTP is lost');
      check((await values(server, admin, 'm', 'v')).length >= acknowledged.m, 'nothing acknowledged by MQTT is lost');
      const seen = await values(server, admin, 'h', 'v');
      equal(new Set(seen).size, seen.length, 'nothing is there twice');
    };
    await all();
    await server.kill();
    await server.start();
    await all();
    equal(await server.stop(), 0, 'SIGTERM');
    fillTheDisk();
    await server.start().then(() => check(false, 'it starts on a full disk'), (failed) => check(/the disk is full/.test(failed.message), `it says why it does not start: ${failed.message}`));
    rmSync(filler);
    await server.start();
    await all();
    equal(await server.stop(), 0, 'SIGTERM');
    check((await command(0, ['check', '--data', data])).out.includes('sound'), 'sound');
  },
});
