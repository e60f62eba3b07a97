// qala evidence: a folder of three files (tests/evidence, made by the first program that could) verifies without any data
// folder, and with another program's cryptography; what is changed is named; the town's key is made once and backed up.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch, run, check, equal, cases, root } from './lib.mjs';
import { command } from './town.mjs';

const kept = join(root, 'tests/evidence');
function copy(name) {
  const folder = join(scratch(name), 'evidence');
  cpSync(kept, folder, { recursive: true });
  return folder;
}
const fingerprint = (key) => createHash('sha256').update(key).digest('hex').match(/.{4}/g).join(' ');

await cases({
  'evidence of version 1 is whole, and says what it is': async () => {
    const said = (await command(0, ['evidence', 'verify', kept])).out;
    const manifest = JSON.parse(readFileSync(join(kept, 'manifest.json'), 'utf8'));
    for (const part of ['whole:', manifest.camera.name, manifest.case, manifest.covers.from, fingerprint(Buffer.from(manifest.public_key, 'hex'))]) {
      check(said.includes(part), `says ${part}: ${said}`);
    }
  },

  'it verifies without Qala, as the page says': async () => {
    const text = readFileSync(join(kept, 'manifest.json'));
    const manifest = JSON.parse(text);
    const key = createPublicKey({ key: Buffer.from('302a300506032b6570032100' + manifest.public_key, 'hex'), format: 'der', type: 'spki' });
    check(verify(null, text, key, readFileSync(join(kept, 'manifest.sig'))), 'the signature');
    const video = readFileSync(join(kept, 'video.mp4'));
    const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
    equal(hash(video), manifest.video.sha256, 'the video');
    let at = 0;
    for (const part of manifest.parts) equal(hash(video.subarray(at, at += part.bytes)), part.sha256, 'a part');
    equal(at, video.length, 'the parts are the whole');
  },

  'one changed byte is named, wherever it is': async () => {
    const folder = copy('changed');
    for (const [name, pattern] of [['video.mp4', /video\.mp4 is changed: first in fragment \d+ of \d+, 20/], ['manifest.json', /manifest\.json is changed/], ['manifest.sig', /manifest\.sig is not/]]) {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      const changed = Buffer.from(bytes);
      changed[changed.length - 20] ^= 4;
      writeFileSync(path, changed);
      const said = (await command(1, ['evidence', 'verify', folder])).out;
      check(pattern.test(said), `${name}: ${said}`);
      writeFileSync(path, bytes);
    }
    await command(0, ['evidence', 'verify', folder]);
  },

  'what is missing or is something else cannot be told': async () => {
    const folder = copy('missing');
    rmSync(join(folder, 'manifest.sig'));
    check((await command(2, ['evidence', 'verify', folder])).out.includes('manifest.sig'), 'says what is missing');
    await command(2, ['evidence', 'verify', join(folder, 'nowhere')]);
  },

  'the key must be the one that was published': async () => {
    const key = Buffer.from(JSON.parse(readFileSync(join(kept, 'manifest.json'), 'utf8')).public_key, 'hex');
    await command(0, ['evidence', 'verify', kept, '--key', fingerprint(key).toUpperCase().replaceAll(' ', ':')]);
    const said = (await command(1, ['evidence', 'verify', kept, '--key', fingerprint(Buffer.alloc(32))])).out;
    check(said.includes('somebody else'), said);
  },

  'the town has one key, of its own, and its backup has it': async () => {
    const data = scratch('key');
    run('token', 'create', '--data', data, '--name', 'x', '--scope', 'read');
    const print = run('evidence', 'key', '--data', data);
    equal(run('evidence', 'key', '--data', data), print, 'made once');
    equal(statSync(join(data, 'evidence.key')).mode & 0o777, 0o600, 'for its owner only');
    const backup = join(scratch('backup'), 'copy');
    run('backup', '--data', data, '--to', backup);
    equal(readFileSync(join(backup, 'evidence.key'), 'utf8'), readFileSync(join(data, 'evidence.key'), 'utf8'), 'in the backup');
    check(existsSync(backup), 'the backup');
  },
});
