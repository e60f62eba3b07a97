// Build: the programs of ./run from nothing, without the compiler's cache.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cpus } from 'node:os';
import { root } from '../machine.mjs';

export async function build(figures, raw) {
  const folder = join(root, 'build/bench-cold');
  rmSync(folder, { recursive: true, force: true });
  const env = { ...process.env, CCACHE_DISABLE: '1' };
  const before = performance.now();
  execFileSync('cmake', ['--preset', 'release', '-B', folder, '-DQALA_TESTS=OFF'], { cwd: root, env, stdio: 'ignore' });
  execFileSync('ninja', ['-C', folder, 'qala', 'qala-codec', 'qala-sim', 'qala-video'], { env, stdio: 'ignore' });
  const minutes = (performance.now() - before) / 60_000;
  raw({ step: 'build', minutes, cores: cpus().length });
  rmSync(folder, { recursive: true, force: true });
  figures.add('build', `the programs of ./run, cold, ${cpus().length} cores`, 'minutes', minutes, { floor: 15, aim: 10 });
}
