// Simulated cameras for tests: real RTSP on a free port.
import { spawn } from 'node:child_process';
import { qalaSim, until } from './lib.mjs';

// `count` cameras; say() makes something go wrong (sim/README.md), stop() ends them.
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
