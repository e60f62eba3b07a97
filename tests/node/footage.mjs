// Simulated cameras, and what came out of the server looked at: decoded by ffmpeg, verified by qala.
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClock } from '../../sim/clock_code.mjs';
import { qala, qalaSim, scratch, until } from './lib.mjs';

// The middle of the picture, as a mask.
export const window = { name: 'window', points: [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]] };

// N simulated cameras; stop() ends them.
export async function simulated(count, ...more) {
  const child = spawn(qalaSim, ['cameras', '--rtsp', '127.0.0.1:0', '--count', String(count), ...more], { stdio: ['pipe', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  let out = '';
  child.stdout.on('data', (text) => { out += text; });
  await until('simulated cameras', () => /^ready rtsp=\S+/m.test(out), 300);
  const at = out.match(/^ready rtsp=(\S+)/m)[1];
  return {
    url: (n, stream = 'main') => `rtsp://${at}/camera/${n}/${stream}`,
    say: (line) => child.stdin.write(`${line}\n`),
    stop: () => child.kill(),
  };
}

// Grey pictures of an MP4 or a JPEG, at 64x36.
export function pictures(bytes) {
  const folder = scratch('decoded');
  writeFileSync(join(folder, 'in.mp4'), bytes);
  const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', join(folder, 'in.mp4'), '-vf', 'scale=64:36:flags=area', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'], { maxBuffer: 1 << 28 });
  return Array.from({ length: Math.floor(raw.length / (64 * 36)) }, (_, n) => raw.subarray(n * 64 * 36, (n + 1) * 64 * 36));
}
// When they are shown, in seconds from the first.
export function moments(bytes) {
  const file = join(scratch('moments'), 'in.mp4');
  writeFileSync(file, bytes);
  const lines = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file], { encoding: 'utf8' });
  const times = lines.split('\n').map(parseFloat).filter((time) => !Number.isNaN(time)).sort((a, b) => a - b);
  return times.map((time) => time - times[0]);
}
// Of the middle of the window, away from its edge: darkest and lightest.
export function spread(picture, [x0, x1], [y0, y1]) {
  const values = [];
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) values.push(picture[y * 64 + x]);
  return Math.max(...values) - Math.min(...values);
}
export const behind = (picture) => spread(picture, [18, 46], [11, 25]);

// `qala evidence verify` of a folder.
export function verify(at) {
  try {
    return { code: 0, text: execFileSync(qala, ['evidence', 'verify', at], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }) };
  } catch (error) {
    return { code: error.status, text: `${error.stdout}${error.stderr}` };
  }
}

// A picture (PNG, JPEG) as greys, row by row.
export function greys(picture, width, height) {
  const size = ['-vf', `scale=${width}:${height}`, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'];
  return { width, height, data: execFileSync('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-frames:v', '1', ...size], { input: picture, maxBuffer: 1 << 28 }) };
}
// The burnt-in clock of the part of it that is one camera's picture: { ms, camera }, or null.
export function clockIn({ width, data }, box) {
  const [x, y, w, h] = [box.x, box.y, box.width, Math.ceil(box.width / 40) + 1].map(Math.round);
  const rgba = new Uint8ClampedArray(w * h * 4);
  for (let row = 0; row < h; row++) for (let column = 0; column < w; column++) rgba.fill(data[(y + row) * width + x + column], 4 * (row * w + column), 4 * (row * w + column) + 3);
  return readClock({ data: rgba, width: w, height: h });
}
