// Payload codecs: examples of ten devices, over and over, through `qala codec run --jsonl` and its sandbox. Counted is
// processor time, of the sandbox and of the program that asks, after a first round in which each codec is compiled.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, cpuSeconds, median, memoryMb, root, settings } from '../machine.mjs';

const kRounds = 1500;

function examples() {
  const file = join(process.env.QALA_TEST_SHARED ?? join(root, '../shared'), 'testdata/lorawan-examples/examples.jsonl');
  if (!existsSync(file)) throw new Error(`the examples of LoRaWAN devices are not at ${file} (QALA_TEST_SHARED)`);
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => {
    const { codec, fPort, bytes } = JSON.parse(line);
    return JSON.stringify({ script: readFileSync(join(root, `tests/codecs/makers/${codec}.js`), 'utf8'), routine: 'decodeUplink', fPort, bytes });
  });
}

// Writes so many rounds of all examples and waits for their answers.
async function ask(child, lines, rounds) {
  const wanted = lines.length * rounds;
  let seen = 0, failed = 0;
  const done = new Promise((resolve) => {
    const take = (part) => {
      for (const byte of part) if (byte === 10) seen++;
      if (part.includes('"errors"')) failed++;
      if (seen >= wanted) { child.stdout.off('data', take); resolve(); }
    };
    child.stdout.on('data', take);
  });
  const round = `${lines.join('\n')}\n`;
  for (let n = 0; n < rounds; n++) if (!child.stdin.write(round)) await new Promise((go) => child.stdin.once('drain', go));
  await done;
  if (failed > 0) throw new Error('some examples were not decoded');
  return wanted;
}

export async function codec(figures, raw) {
  const lines = examples();
  const seen = { sandbox: [], whole: [], memory: [] };
  for (let n = 0; n < settings.runs; n++) {
    const child = spawn(join(bin, 'qala'), ['codec', 'run', '--jsonl'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await ask(child, lines, 1);
    const sandbox = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim());
    const before = [cpuSeconds(sandbox), cpuSeconds(child.pid)];
    const began = performance.now();
    const decodes = await ask(child, lines, kRounds);
    const [inSandbox, asking] = [cpuSeconds(sandbox) - before[0], cpuSeconds(child.pid) - before[1]];
    seen.sandbox.push(decodes / inSandbox);
    seen.whole.push(decodes / (inSandbox + asking));
    seen.memory.push(memoryMb(sandbox, 'VmHWM'));
    raw({ step: 'codec', decodes, sandbox_cpu_s: inSandbox, asking_cpu_s: asking, wall_s: (performance.now() - began) / 1000, peak_mb: seen.memory.at(-1) });
    child.stdin.end();
    await new Promise((ended) => child.once('exit', ended));
  }
  figures.add('codec', 'decodes in the sandbox, ten codecs, a processor second', '/s', median(seen.sandbox), { better: 'more', floor: 15_000, aim: 30_000 });
  figures.add('codec', '… with reading scripts and requests as JSON and writing answers', '/s', median(seen.whole), { better: 'more' });
  figures.add('codec', 'memory of the sandbox with ten codecs, peak', 'MB resident', median(seen.memory), { floor: 40, aim: 40 });
}
