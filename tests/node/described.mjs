// Runs a program of tests with each request and answer held against docs/openapi: node described.mjs NAME. What nobody
// else asks (elsewhere.mjs) it must have asked with success.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { elsewhere } from './elsewhere.mjs';
import { cases, equal, scratch } from './lib.mjs';

const [name] = process.argv.slice(2);
const ledger = join(scratch('described'), 'ledger');
const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.mjs`)], { stdio: 'inherit', env: { ...process.env, QALA_TEST_DESCRIBED: ledger } });
if (status !== 0) process.exit(status ?? 1);

await cases({
  'what only this program asks was asked, and answered as it is described': async () => {
    const lines = existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n') : [];
    const asked = new Set(lines.map((line) => line.split(/ (?=\d+$)/)).filter(([, code]) => code < 400).map(([operation]) => operation));
    equal((elsewhere[name] ?? []).filter((operation) => !asked.has(operation)), [], 'not asked with success');
  },
});
