// What the programs of this folder need, installed from the lock file if it is not there yet. (./run and ./test do it before.)
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const stamp = join(here, 'node_modules/.stamp');
const lock = `${createHash('sha256').update(readFileSync(join(here, 'package-lock.json'))).digest('hex')}  tools/openapi/package-lock.json\n`;
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.log('installing what the description of the interface is made with');
  execFileSync('npm', ['ci', '--ignore-scripts', '--silent'], { cwd: here, stdio: 'inherit' });
  writeFileSync(stamp, lock);
}
