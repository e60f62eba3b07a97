// ./run as people start it, in a copy of the checkout that has nothing of its own: it never pours the demo town into
// another town, a demo town that was broken off gets its history, and an evening that plays stays.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { Server, cases, check, equal, qala, root, scratch, token, until } from './lib.mjs';
import { addThing, things } from './town.mjs';

const house = scratch('run');
mkdirSync(join(house, 'tools/setup'), { recursive: true });
for (const file of ['run', 'tools/setup/lib.sh']) copyFileSync(join(root, file), join(house, file));
const inHouse = (...path) => join(house, '.qala', ...path);
const plan = JSON.stringify({ type: 'FeatureCollection', features: [
  { type: 'Feature', properties: { kind: 'zone', key: 'mine', name: 'Mine' }, geometry: { type: 'Polygon', coordinates: [[[71, 51], [71.1, 51], [71.1, 51.1], [71, 51]]] } } ] });

const running = new Set();
process.on('exit', () => running.forEach((child) => { try { process.kill(-child.pid, 'SIGKILL'); } catch { /* has ended */ } }));

// ./run with everything at free ports. It goes on after `start()` or has ended: then `code` is its answer.
class Run {
  async start(...args) {
    const child = spawn('bash', [join(house, 'run'), '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0', '--cameras', '0', ...args],
      { cwd: house, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, QALA_TEST_BIN: dirname(qala) } });
    this.child = child;
    running.add(child);
    this.out = this.err = '';
    child.stdout.on('data', (text) => { this.out += text; });
    child.stderr.on('data', (text) => { this.err += text; });
    this.ended = once(child, 'close').then(([code]) => { running.delete(child); this.code = code; });
    await until('./run serves or ends', () => this.code !== undefined || this.out.includes('  stop  '), 120);
    return this;
  }

  get serving() { return this.code === undefined; }
  // A Server to ask: it has the addresses, ./run has the process.
  server() {
    const server = new Server('');
    server.http = this.out.match(/control room +http:\/\/([^/]+)\//)[1];
    return server;
  }

  async stop() {
    if (this.serving) this.child.kill('SIGTERM');
    await this.ended;
  }
}

async function townOfMine(data) {
  const server = await new Server(data).start();
  const admin = token(data, 'admin');
  await addThing(server, admin, { key: 'my-bin' });
  equal((await server.request('PUT', '/api/v1/town/plan', { token: admin, body: plan, headers: { 'content-type': 'application/geo+json' } })).status, 204, 'my plan is taken');
  equal(await server.stop(), 0, 'the server ends well');
  return { admin, plan: readFileSync(join(data, 'plan.geojson'), 'utf8') };
}

async function isStillMine(data, mine) {
  const server = await new Server(data).start();
  equal([...(await things(server, mine.admin)).keys()], ['my-bin'], 'the things in it');
  equal(readFileSync(join(data, 'plan.geojson'), 'utf8'), mine.plan, 'its plan');
  await server.stop();
}

// A folder as a start leaves it that was ended before the demo town had sent anything.
async function brokenOff(data, text) {
  const server = await new Server(data).start();
  writeFileSync(join(data, 'demo-token'), text ?? `${token(data, 'admin', 'demo town')}\n`);
  const admin = token(data, 'admin');
  await server.stop();
  return admin;
}

await cases({
  'a town of my own is not filled with the demo town': async () => {
    const data = scratch('run-mine');
    const mine = await townOfMine(data);
    const run = await new Run().start('--data', data, '--days', '0');
    if (run.serving) await until('the demo town is set up', () => readFileSync(join(data, 'sim.log'), 'utf8').includes('town set up'), 60).catch(() => {});
    await run.stop();
    equal(run.code, 1, './run refuses');
    check(run.err.includes(data) && run.err.includes(`./run --no-demo --data ${data}`), `it says what to do: ${run.err}`);
    await isStillMine(data, mine);
  },
  'without the demo town the folder is another': async () => {
    const run = await new Run().start('--no-demo');
    check(run.serving, `it serves: ${run.err}`);
    await run.stop();
    check(existsSync(inHouse('own/town.db')), 'in a folder for a town of my own');
    check(!existsSync(inHouse('town')), 'not in the demo town\'s');
  },
  'a town that --no-demo began where the demo town goes now is found again': async () => {
    rmSync(inHouse(), { recursive: true, force: true });
    mkdirSync(inHouse('town'), { recursive: true });
    const mine = await townOfMine(inHouse('town'));
    const run = await new Run().start('--no-demo');
    check(run.serving, `it serves: ${run.err}`);
    equal([...(await things(run.server(), mine.admin)).keys()], ['my-bin'], 'the things in it');
    await run.stop();
  },
  'a folder that my own town began does not become the demo town\'s later': async () => {
    const data = scratch('run-later');
    await (await new Run().start('--no-demo', '--data', data)).stop();
    const run = await new Run().start('--data', data);
    await run.stop();
    equal(run.code, 1, './run refuses');
  },
  'a demo town that was ended before it had sent anything gets its history': async () => {
    const data = scratch('run-history');
    const admin = await brokenOff(data);
    const run = await new Run().start('--data', data, '--days', '1');
    check(run.serving, `it serves: ${run.err}`);
    const server = run.server();
    const now = Date.now();
    await until('readings of half a day ago', async () => (await server.get('/api/v1/latest', admin)).values.length > 1000
      && (await server.get(`/v1.1/Observations?$top=0&$count=true&$filter=${encodeURIComponent(`phenomenonTime lt ${new Date(now - 12 * 3600e3).toISOString()}`)}`, admin))['@iot.count'] > 1000, 120);
    check(true, 'they have come');
    await run.stop();
  },
  'a demo town whose token could not be made gets one at the next start': async () => {
    const data = scratch('run-token');
    await brokenOff(data, '');
    const run = await new Run().start('--data', data, '--days', '0');
    check(run.serving, `it serves: ${run.err}`);
    const log = () => readFileSync(join(data, 'sim.log'), 'utf8');
    await until('the demo town speaks', () => log().includes('town set up') || run.out.includes('has ended'), 60);
    check(log().includes('town set up'), `the demo town is set up: ${log().slice(-300)}`);
    await run.stop();
  },
  'it is said that cameras come later, as long as nothing is drawn': async () => {
    const line = /cameras +come in one to three minutes/;
    const said = async (...args) => {
      const run = await new Run().start('--data', scratch('run-cameras'), '--days', '0', ...args);
      await run.stop();
      return line.test(run.out);
    };
    rmSync(inHouse('camera-loops'), { recursive: true, force: true });
    equal(await said('--cameras', '0'), false, 'no cameras: nothing is said');
    equal(await said('--cameras', '1'), true, 'nothing is drawn yet');
    mkdirSync(inHouse('camera-loops'), { recursive: true });
    writeFileSync(inHouse('camera-loops/street'), '');
    equal(await said('--cameras', '1'), false, 'drawn before');
  },
  'an evening that plays is not taken away by a second start': async () => {
    const evening = ['--evening', 'feeder', '--days', '0'];
    const first = await new Run().start(...evening);
    check(first.serving, `it plays: ${first.err}`);
    const data = inHouse('evening-feeder');
    const { ino } = statSync(join(data, 'town.db'));
    const second = await new Run().start(...evening);
    await second.stop();
    equal(second.code, 1, 'a second playing is refused');
    check(second.err.includes('.qala/evening-feeder is in use'), `it says why: ${second.err}`);
    equal(statSync(join(data, 'town.db')).ino, ino, 'the town that plays keeps its file');
    equal((await first.server().request('GET', '/health')).status, 200, 'and goes on');
    await first.stop();
  },
  'an evening that has ended is there until the next one really starts': async () => {
    const data = inHouse('evening-feeder');
    mkdirSync(data, { recursive: true });
    for (const file of ['evening', 'kept']) writeFileSync(join(data, file), '');
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const refused = await new Run().start('--evening', 'feeder', '--http', `127.0.0.1:${holder.address().port}`);
    await refused.stop();
    holder.close();
    equal(refused.code, 1, 'the port is taken');
    check(existsSync(join(data, 'kept')), 'nothing was taken away');
    const next = await new Run().start('--evening', 'feeder', '--days', '0');
    check(next.serving, `it plays: ${next.err}`);
    check(!existsSync(join(data, 'kept')), 'the next one plays in a town made anew');
    await next.stop();
  },
});
