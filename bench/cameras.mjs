// What the rows about cameras share.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bin, settings, sleep } from './machine.mjs';

// `count` simulated cameras: main streams of about 1.5 Mbit/s and a small second stream each, a key frame a second.
export async function startCameras(count) {
  const child = spawn(join(bin, 'qala-sim'), ['cameras', '--count', String(count), '--cache', join(settings.data, 'camera-loops')], { stdio: ['pipe', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (part) => { text += part; });
  const lines = () => text.split('\n').filter((line) => line.startsWith('{'));
  // The first time scenes are drawn and encoded.
  for (const end = Date.now() + 600_000; lines().length < 2 * count;) {
    if (child.exitCode !== null || Date.now() > end) throw new Error('qala-sim cameras did not get ready');
    await sleep(50);
  }
  const all = lines().map((line) => JSON.parse(line));
  const streams = all.filter((stream) => stream.stream === 'main');
  for (const stream of streams) stream.sub = all.find((other) => other.camera === stream.camera && other.stream === 'sub').url;
  return { child, streams, address: text.match(/^ready rtsp=(\S+)/m)[1] };
}
