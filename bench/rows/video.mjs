// Cameras: 150 simulated ones at about 1.5 Mbit/s with a small second stream, recorded and looked at by qala-video as it comes,
// while a town's sensors report, and one or the other is cut;
// then the same without looking at pictures and without second streams, which is what ffmpeg does beside it: processes that
// segment some of the same streams without decoding, in the same run. The simulator runs beside all and is counted apart.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { startCameras } from '../cameras.mjs';
import { Qala } from '../engines.mjs';
import { bin, cpuSeconds, folderBytes, installed, median, memoryMb, settings, sleep } from '../machine.mjs';

const kCameras = Number(process.env.QALA_BENCH_CAMERAS ?? 150);
const kSeconds = Number(process.env.QALA_BENCH_VIDEO ?? 120);
const kCuts = Number(process.env.QALA_BENCH_CUTS ?? 10);
const kPeers = Math.min(10, kCameras);

const totals = (address) => new Promise((done, failed) => {
  http.get(`http://${address}/totals`, (response) => {
    let text = '';
    response.on('data', (part) => { text += part; });
    response.on('end', () => done(JSON.parse(text)));
  }).on('error', failed);
});

// The worker is a child of the server.
function workerOf(pid) {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, comm, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').match(/^\d+ \((.*)\) \S (\d+)/s);
      if (comm === 'qala-video' && Number(parent) === pid) return Number(name);
    } catch { /* it has just ended */ }
  }
  throw new Error('the server runs no qala-video');
}

async function record(qala, cameras, raw, { subs, step }) {
  for (const stream of cameras.streams) {
    await qala.ask('/api/v1/cameras', 'POST', JSON.stringify({ key: `bench-camera-${stream.camera}`, name: `Camera ${stream.camera}`, lon: 70.95, lat: 51.99, main: { url: stream.url }, ...(subs && { sub: { url: stream.sub } }), record: 'always' }));
  }
  const states = async () => (await qala.ask('/api/v1/cameras')).cameras;
  await qala.until('all cameras to be live', async () => (await states()).every((camera) => camera.state === 'live'), 120);
  await sleep(10_000);
  const worker = workerOf(qala.pid);
  const before = { worker: cpuSeconds(worker), server: qala.cpu(), sim: cpuSeconds(cameras.child.pid), sent: await totals(cameras.address), footage: folderBytes(join(qala.data, 'footage')) };
  const since = performance.now();
  await sleep(kSeconds * 1000);
  const seconds = (performance.now() - since) / 1000;
  const sent = await totals(cameras.address);
  const now = await states();
  const facts = {
    step, cameras: kCameras, seconds,
    worker_percent: 100 * (cpuSeconds(worker) - before.worker) / seconds, server_percent: 100 * (qala.cpu() - before.server) / seconds, sim_percent: 100 * (cpuSeconds(cameras.child.pid) - before.sim) / seconds,
    worker_mb: memoryMb(worker), worker_peak_mb: memoryMb(worker, 'VmHWM'),
    sent_mbit_s: 8 * (sent.bytes - before.sent.bytes) / seconds / 1e6, recorded_mbit_s: 8 * (folderBytes(join(qala.data, 'footage')) - before.footage) / seconds / 1e6,
    dropped: sent.pictures_dropped, lost: now.reduce((sum, camera) => sum + camera.lost, 0), reconnects: now.reduce((sum, camera) => sum + camera.reconnects, 0), live: now.filter((camera) => camera.state === 'live').length,
  };
  raw(facts);
  if (facts.live < kCameras) throw new Error(`only ${facts.live} of ${kCameras} cameras are live at the end`);
  if (!subs && facts.recorded_mbit_s < 0.9 * facts.sent_mbit_s) throw new Error(`${facts.sent_mbit_s.toFixed(1)} Mbit/s were sent, ${facts.recorded_mbit_s.toFixed(1)} recorded`);
  return facts;
}

// A camera is cut for ten seconds, again and again: until the health page says so, and until it is good after it is back.
async function cuts(qala, cameras, raw) {
  const said = async () => (await qala.health()).problems.some(({ code }) => code === 'video.lost');
  // The problem itself stays ten seconds longer, so as not to flicker.
  const live = async () => (await qala.ask('/api/v1/cameras')).cameras.every(({ state }) => state === 'live');
  const after = async (since, what, look) => {
    await qala.until(what, look, 60);
    return (performance.now() - since) / 1000;
  };
  const seen = { lost: [], back: [] };
  for (let n = 1; n <= kCuts; n++) {
    cameras.child.stdin.write(`cut ${1 + (n * 13) % kCameras} 10s\n`);
    const cut = performance.now();
    seen.lost.push(await after(cut, 'a cut camera to be told', said));
    await sleep(Math.max(0, 10_000 - (performance.now() - cut)));
    seen.back.push(await after(cut + 10_000, 'a camera to be live again', live));
    await qala.until('the problem to be over', async () => !(await said()), 60);
  }
  raw({ step: 'cuts', ...seen });
  return seen;
}

async function ffmpegs(program, cameras, raw) {
  const folder = join(settings.data, 'video-ffmpeg');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const all = cameras.streams.slice(0, kPeers).map((stream) => spawn(program, ['-nostdin', '-loglevel', 'error', '-rtsp_transport', 'tcp', '-i', stream.url, '-c', 'copy', '-f', 'segment', '-segment_time', '60', '-segment_format', 'mp4', join(folder, `${stream.camera}-%03d.mp4`)], { stdio: 'ignore' }));
  try {
    await sleep(8000);
    const cpu = () => all.reduce((sum, child) => sum + cpuSeconds(child.pid), 0);
    const before = cpu(), since = performance.now();
    await sleep(Math.min(60, kSeconds) * 1000);
    const seconds = (performance.now() - since) / 1000;
    const facts = { step: 'ffmpeg', processes: all.length, seconds, percent_each: 100 * (cpu() - before) / seconds / all.length, mb_each: all.reduce((sum, child) => sum + memoryMb(child.pid), 0) / all.length };
    raw(facts);
    return facts;
  } finally {
    for (const child of all) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function video(figures, raw) {
  const cameras = await startCameras(kCameras);
  try {
    const measured = async (environment, how) => {
      const qala = await new Qala('video-qala').fresh().start(environment);
      const town = how.town && spawn(join(bin, 'qala-sim'), ['run', '--http', `127.0.0.1:${qala.port}`, '--mqtt', `127.0.0.1:${qala.mqtt}`, '--token', qala.token('admin'), '--days', '0', '--until', new Date(Date.now() + 3_600_000).toISOString()], { stdio: 'ignore' });
      try {
        const facts = await record(qala, cameras, raw, how);
        if (how.cuts) facts.cuts = await cuts(qala, cameras, raw);
        return facts;
      } finally {
        town?.kill();
        await qala.stop();
        rmSync(join(qala.data, 'footage'), { recursive: true, force: true });
      }
    };
    const ours = await measured({}, { subs: true, town: true, cuts: true, step: 'video' });
    const bare = await measured({ QALA_VIDEO_ANALYSIS_PERCENT: '0' }, { subs: false, step: 'video, nothing looked at' });
    figures.add('video', 'camera cut, to the problem on the health page', 's median', median(ours.cuts.lost), { floor: 5, aim: 5, note: `longest ${Math.max(...ours.cuts.lost).toFixed(1)} of ${ours.cuts.lost.length}` });
    figures.add('video', 'camera back, to live', 's median', median(ours.cuts.back), { floor: 3, aim: 3, note: `longest ${Math.max(...ours.cuts.back).toFixed(1)}` });
    const program = settings.peers && installed('ffmpeg');
    if (!program) console.log('  ffmpeg is not installed, or was left out: no peer');
    const peer = program && await ffmpegs(program, cameras, raw);
    const each = bare.worker_percent / kCameras;
    const note = `${ours.recorded_mbit_s.toFixed(0)} Mbit/s recorded of ${ours.sent_mbit_s.toFixed(0)} sent; lost packets ${ours.lost}, reconnects ${ours.reconnects}; beside it the server ${ours.server_percent.toFixed(1)} %, the simulator ${ours.sim_percent.toFixed(1)} %`;
    figures.add('video', `qala-video, ${kCameras} cameras relayed, recorded and looked at, a town of 3,000 sensors beside`, '% of a core', ours.worker_percent, { floor: 50, aim: 25, note });
    figures.add('video', 'nothing looked at, no second streams', '% of a core', bare.worker_percent, { floor: 50, aim: 25 });
    figures.add('video', `the same, memory at most`, 'MB', ours.worker_peak_mb, { floor: 200, aim: 120 });
    figures.add('video', 'one camera, nothing looked at', '% of a core', each, { peer: peer && { name: 'ffmpeg -c copy', value: peer.percent_each } });
    if (peer) figures.add('video', 'one camera over ffmpeg -c copy -f segment of the same stream', '', each / peer.percent_each, { floor: 1 / 3, aim: 1 / 5 });
  } finally {
    cameras.child.kill();
  }
}
