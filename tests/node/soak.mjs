// Cameras for hours: 150 small streams and 4 full ones, one of them cut every 20 s, old recordings going because the group is
// full, while the town's sensors report. Afterwards nothing is missing but what the cuts took, and the worker is no larger.
// QALA_TEST_SOAK_MINUTES (120), QALA_TEST_SOAK_CAMERAS (150); ./test --full
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Server, cases, check, equal, qalaSim, scratch, token, until } from './lib.mjs';
import { simulated } from './footage.mjs';

const minutes = Number(process.env.QALA_TEST_SOAK_MINUTES ?? 120);
const small = Number(process.env.QALA_TEST_SOAK_CAMERAS ?? 150);
const full = Math.min(4, small);
const cutSeconds = 3;
const most = 4; // GB of the group: twelve minutes. Files that are being written, of five minutes each, do not go.
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

const megabytes = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB/m)[1]) / 1024;
function workerOf(pid) {
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const [, command, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').match(/^\d+ \((.*)\) \S (\d+)/s);
      if (command === 'qala-video' && Number(parent) === pid) return Number(name);
    } catch { /* it has just ended */ }
  }
  throw new Error('the server runs no qala-video');
}
// Files come and go while they are counted.
function bytesOf(folder) {
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try { sum += entry.isDirectory() ? bytesOf(path) : statSync(path).size; } catch { /* gone */ }
  }
  return sum;
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

await cases({
  [`${small} + ${full} cameras for ${minutes} minutes, a cut every 20 s, recordings going by bytes`]: async () => {
    const data = scratch('soak');
    const admin = token(data, 'admin');
    const streets = await simulated(small, '--size', '640x360', '--kbit', '250', '--sub-kbit', '100');
    const squares = await simulated(full);
    const server = await new Server(data).start();
    const town = spawn(qalaSim, ['run', '--http', server.http, '--mqtt', server.mqtt, '--token', admin, '--days', '0', '--until', new Date(Date.now() + (minutes + 30) * 60_000).toISOString()], { stdio: 'ignore' });
    process.on('exit', () => town.kill('SIGKILL'));
    const ask = async (method, path, body) => {
      const answer = await server.request(method, `/api/v1${path}`, { token: admin, body: body && JSON.stringify(body) });
      check(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.text ? answer.json : null;
    };
    await ask('PUT', '/cameras/groups', { name: 'soak', keep_days: 0, keep_gb: most });
    const cameras = [];
    for (let n = 1; n <= small + full; n++) {
      const [sim, at] = n <= small ? [streets, n] : [squares, n - small];
      const { id } = await ask('POST', '/cameras', { key: `soak-${n}`, name: `Camera ${n}`, lon: 70.95, lat: 51.99, main: { url: sim.url(at) }, group: 'soak', record: 'always' });
      cameras.push({ id, sim, at, cuts: [] });
    }
    const list = async () => (await ask('GET', '/cameras')).cameras;
    await until('all cameras to be live', async () => (await list()).every(({ state }) => state === 'live'), 180);
    const worker = workerOf(server.child.pid);
    const began = Date.now();
    const samples = [];
    for (let turn = 0; Date.now() - began < minutes * 60_000; turn++) {
      const camera = cameras[(turn * 37) % cameras.length];
      camera.cuts.push(Date.now());
      camera.sim.say(`cut ${camera.at} ${cutSeconds}s`);
      await pause(20_000);
      samples.push({ worker: megabytes(worker), server: megabytes(server.child.pid), footage: bytesOf(join(data, 'footage')) / 1e9 });
      if (turn % 30 === 29) console.log(`  ${((Date.now() - began) / 60_000).toFixed(0)} min: worker ${samples.at(-1).worker.toFixed(0)} MB, server ${samples.at(-1).server.toFixed(0)} MB, footage ${samples.at(-1).footage.toFixed(2)} GB`);
    }
    equal(workerOf(server.child.pid), worker, 'the worker is the one it was');
    await until('all cameras to be live again', async () => (await list()).every(({ state }) => state === 'live'), 60);
    const now = await list();
    equal(now.reduce((sum, { lost }) => sum + lost, 0), 0, 'packets lost');
    const ended = Date.now() - 15_000;  // the newest pictures are not written yet
    let gaps = 0;
    let covered = 0;
    for (const camera of cameras) {
      const { spans } = await ask('GET', `/cameras/${camera.id}/recordings?from=${began}&to=${ended}`);
      check(spans.length > 0, `camera ${camera.id} has recordings`);
      // From the oldest that is left on, time is covered but for the cuts.
      const runs = [];
      for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
        if (runs.length && from - runs.at(-1).to < 1500) runs.at(-1).to = Math.max(runs.at(-1).to, to);
        else runs.push({ from, to });
      }
      for (let n = 1; n < runs.length; n++) {
        const [from, to] = [runs[n - 1].to, runs[n].from];
        const cut = camera.cuts.find((at) => from > at - 3000 && to < at + cutSeconds * 1000 + 15_000);
        check(cut !== undefined, `camera ${camera.id} has a gap that no cut made: ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`);
        gaps++;
      }
      check(runs.at(-1).to > ended - 20_000, `camera ${camera.id} is recorded to the end`);
      covered += runs.reduce((sum, run) => sum + run.to - run.from, 0);
    }
    const quarter = Math.floor(samples.length / 4);
    const [early, late] = [samples.slice(quarter, 2 * quarter + 1), samples.slice(-quarter - 1)];
    const grown = { worker: median(late.map((one) => one.worker)) - median(early.map((one) => one.worker)), server: median(late.map((one) => one.server)) - median(early.map((one) => one.server)) };
    console.log(`  ${gaps} gaps, all of cuts; ${(covered / 3_600_000).toFixed(1)} camera hours are left; worker ${grown.worker.toFixed(1)} MB larger than before, server ${grown.server.toFixed(1)}; footage at most ${Math.max(...samples.map((one) => one.footage)).toFixed(2)} GB`);
    check(grown.worker < 12, `the worker grew by ${grown.worker.toFixed(1)} MB`);
    check(grown.server < 24, `the server grew by ${grown.server.toFixed(1)} MB`);
    check(Math.max(...samples.map((one) => one.footage)) < most * 1.1, 'what is recorded stays within its bytes');
    const counted = await server.get('/v1.1/Observations?$top=0&$count=true', admin);
    check(counted['@iot.count'] > 40 * 60 * minutes, `the sensors' readings came beside: ${counted['@iot.count']}`);
    town.kill();
    equal(await server.stop(), 0, 'it ends in order');
    streets.stop();
    squares.stop();
  },
});
