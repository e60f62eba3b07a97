// What the operating system says about a process, a folder and this machine.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, mkdirSync } from 'node:fs';
import { cpus, totalmem, release } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const bin = process.env.QALA_BENCH_BIN ?? join(root, 'build/release/bin');
const number = (name, otherwise) => Number(process.env[name] ?? otherwise);
export const settings = {
  data: resolve(process.env.QALA_BENCH_DATA ?? join(root, 'build/bench-data')),
  runs: number('QALA_BENCH_RUNS', 5),
  days: number('QALA_BENCH_DAYS', 60),
  year: number('QALA_BENCH_YEAR', 365),
  late: number('QALA_BENCH_LATE', 3000),
  peers: process.env.QALA_BENCH_PEERS !== '0',
  seed: number('QALA_BENCH_SEED', Date.now() % 1_000_000),
};

const output = (program, ...args) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
export function installed(program) {
  try {
    return output('sh', '-c', `command -v ${program} || ls /usr/sbin/${program}`).split('\n')[0];
  } catch {
    return undefined;
  }
}

// A sync in memory costs nothing and proves nothing.
export function needDisk(folder) {
  mkdirSync(folder, { recursive: true });
  const type = output('stat', '-f', '-c', '%T', folder);
  if (/tmpfs|ramfs/.test(type)) throw new Error(`${folder} lies on ${type}: set QALA_BENCH_DATA to a folder on a disk`);
  return output('df', '--output=fstype', folder).split('\n').at(-1).trim();
}

export function describe(folder) {
  const model = readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*:\s*(.*)/)?.[1] ?? 'unknown processor';
  const system = readFileSync('/etc/os-release', 'utf8').match(/PRETTY_NAME="(.*)"/)?.[1];
  return {
    date: new Date().toISOString(), cores: cpus().length, processor: model, memory_gib: Math.round(totalmem() / 2 ** 30),
    system, kernel: release(), filesystem: needDisk(folder), load: readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).map(Number),
    commit: (() => { try { return output('git', '-C', root, 'rev-parse', '--short', 'HEAD'); } catch { return 'unknown'; } })(),
  };
}
export const load = () => Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);

// CPU seconds of a process, all threads; in ticks of 10 ms.
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
const keyed = (path, key) => Number(readFileSync(path, 'utf8').match(new RegExp(`^${key}:\\s*(\\d+)`, 'm'))?.[1] ?? 0);
export const memoryMb = (pid, key = 'VmRSS') => keyed(`/proc/${pid}/status`, key) / 1024;
// Bytes that the process wrote to files. (`write_bytes` beside it counts whole folios of the page cache, up to 2 MB for a
// commit of 9 KB on newer kernels; what goes to sockets is not in this count.)
export const writtenBytes = (pid) => keyed(`/proc/${pid}/io`, 'wchar');

export function folderBytes(folder) {
  let sum = 0;
  for (const name of readdirSync(folder)) {
    const at = statSync(join(folder, name), { throwIfNoEntry: false });
    if (at?.isDirectory()) sum += folderBytes(join(folder, name));
    else if (at?.isFile()) sum += at.size;
  }
  return sum;
}

// Asks the system to forget what it holds of the files of a folder: a cold start of ours, and nobody else's.
export function forgetPages(folder) {
  execFileSync('find', [folder, '-type', 'f', '-exec', 'dd', 'if={}', 'iflag=nocache', 'count=0', 'status=none', ';'], { stdio: 'ignore' });
}

export const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
export const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

// A small random generator of a seed (mulberry32): the same windows for everyone who is asked.
export function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (n) => Math.floor(next() * n) };
}
