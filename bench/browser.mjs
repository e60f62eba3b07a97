// What the rows in a browser share: Chromium without a GPU, a person signed in, a living town, readings at a rate.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, installed, root, sleep } from './machine.mjs';

const kPassword = 'a long walk in the snow';
export const view = { width: 1920, height: 1080 };

// Chromium of the system, headless, drawn by the processor as on a machine without a graphics card. Absent: undefined.
export async function launchChromium() {
  const executablePath = installed('chromium');
  if (!executablePath) return void console.log('  skipped: no chromium here');
  const { chromium } = await import(join(root, 'tests/node/node_modules/playwright-core/index.mjs'));
  return chromium.launch({ executablePath, args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'] });
}

// The administrator of a new town, as cookies for a browser.
export async function signUp(qala) {
  const link = new URL(readFileSync(join(qala.data, 'setup-link'), 'utf8').trim());
  const answer = await fetch(`${link.origin}/api/v1/setup`, { method: 'POST', headers: { 'content-type': 'application/json', origin: link.origin },
    body: JSON.stringify({ code: link.searchParams.get('code'), user: 'bench', password: kPassword, language: 'en' }) });
  if (answer.status !== 201) throw new Error(`setup: ${answer.status} ${await answer.text()}`);
  const cookies = answer.headers.getSetCookie().map((line) => {
    const [name, ...value] = line.split(';')[0].split('=');
    return { name, value: value.join('='), url: link.origin };
  });
  return { origin: link.origin, cookies };
}

// The simulated town lives on that server until stop() is called.
export async function simulate(qala) {
  const sim = spawn(join(bin, 'qala-sim'), ['run', '--http', `127.0.0.1:${qala.port}`, '--mqtt', `127.0.0.1:${qala.mqtt}`, '--token', qala.token('admin'), '--days', '0'], { stdio: 'ignore' });
  process.on('exit', () => sim.kill('SIGKILL'));
  const things = async () => (await qala.ask('/api/v1/things')).things;
  await qala.until('3,000 things', async () => (await things()).length >= 3000);
  await qala.until('a value of most', async () => (await qala.ask('/api/v1/latest')).values.length > 3000, 300);
  return { things, stop: () => sim.kill() };
}

// Readings now, `rate` a second, each one a little beside the latest of its datastream; things of the town by turns.
// Over one connection, ten requests a second. stop() says how many were taken.
export async function feed(qala, rate) {
  const { things } = await qala.ask('/api/v1/things');
  const streams = new Map(things.flatMap((thing) => thing.datastreams.map((stream) => [stream.id, { thing: thing.key, key: stream.key }])));
  const known = (await qala.ask('/api/v1/latest')).values.filter(([id, , value]) => streams.has(id) && typeof value === 'number');
  const headers = { authorization: `Bearer ${qala.token('ingest')}`, 'content-type': 'application/json' };
  let taken = 0;
  let running = true;
  const run = async () => {
    const began = performance.now();
    for (let turn = 0, next = 0; running; turn++) {
      const batch = [];
      for (let n = 0; n < rate / 10; n++, next++) {
        const [id, , value] = known[(next * 7919) % known.length];
        // another value each time: the same would change nothing on a screen
        batch.push({ ...streams.get(id), time: new Date().toISOString(), value: Number((value * (1 + ((next * 31) % 17) / 1700) + (next % 5) / 1000).toFixed(3)) });
      }
      await qala.get('/api/v2/readings', headers, 'POST', JSON.stringify(batch));
      taken += batch.length;
      await sleep(Math.max(0, began + (turn + 1) * 100 - performance.now()));
    }
  };
  const done = run();
  return { async stop() { running = false; await done; return taken; } };
}
