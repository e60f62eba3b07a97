// node powercut.mjs JOURNAL FOLDER SEED: leaves of FOLDER what a power cut would have left, after the program under the
// shim was killed. What was synced stays. Of the rest nothing (SEED divisible by 3), or some of it, as a real disk would
// have it: names as they were at some moment, of each sector of 512 bytes and of each size some state since the last
// sync. Afterwards the journal is gone: the folder is what is on the disk. Prints what it took back. Format: record.h
import { closeSync, fstatSync, ftruncateSync, linkSync, lstatSync, openSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const kSector = 512;
const kMagic = 0x51435741;
const kHead = 72;
const kinds = [, 'write', 'resize', 'create', 'rename', 'remove', 'sync_file', 'sync_folder'];

// A record that was cut off by the kill stands before a change that was not made: it ends the journal.
function readJournal(path) {
  const bytes = readFileSync(path);
  const records = [];
  for (let at = 0; at + kHead <= bytes.length;) {
    if (bytes.readUInt32LE(at) !== kMagic) throw new Error(`${path} is damaged at ${at}`);
    const u64 = (i) => Number(bytes.readBigUInt64LE(at + 8 + 8 * i));
    const pathBytes = bytes.readUInt32LE(at + 64);
    const dataBytes = bytes.readUInt32LE(at + 68);
    const start = at + kHead;
    if (start + pathBytes + dataBytes > bytes.length) break;
    records.push({ kind: kinds[bytes.readUInt32LE(at + 4)], inode: u64(0), other: u64(1), folder: u64(2), offset: u64(3), length: u64(4), size: u64(5), until: u64(6),
      path: bytes.toString('utf8', start, start + pathBytes), data: bytes.subarray(start + pathBytes, start + pathBytes + dataBytes) });
    at = start + pathBytes + dataBytes;
  }
  return records;
}

const ofNames = (record) => ['create', 'rename', 'remove'].includes(record.kind);
const ofBytes = (record) => ['write', 'resize'].includes(record.kind);

function findDurable(records) {
  const files = new Map();
  const folders = new Map();
  const note = (map, key, until) => map.set(key, Math.max(map.get(key) ?? 0, until));
  for (const record of records) {
    if (record.kind === 'sync_file') note(files, record.inode, record.until);
    if (record.kind === 'sync_folder') note(folders, record.folder, record.until);
  }
  records.forEach((record, i) => {
    if (ofBytes(record)) record.durable = i < (files.get(record.inode) ?? 0);
    if (ofNames(record)) record.durable = i < (folders.get(record.folder) ?? 0);
  });
}

function inodeOf(path) {
  try {
    return lstatSync(path).ino;
  } catch {
    return 0;
  }
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

function mix(...numbers) { // the same moment for the same thing and seed
  let h = 0x9e3779b9;
  for (const number of numbers) {
    h = Math.imul(h ^ (number >>> 0), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13) ^ Math.floor(number / 2 ** 32), 0xc2b2ae35);
    h ^= h >>> 16;
  }
  return h >>> 0;
}

class Cut {
  constructor(records, kept, seed) {
    Object.assign(this, { records, kept, seed, writes: 0, names: 0, sectors: 0 });
  }

  // Number of the first record that is lost for this thing (a sector, a size, the names).
  moment(...thing) {
    return this.seed % 3 === 0 ? 0 : mix(this.seed, ...thing) % (this.records.length + 1);
  }

  takeBack(folder) {
    const paths = new Map();
    for (const where of [this.kept, folder]) for (const path of filesBelow(where)) paths.set(inodeOf(path), path);
    const lost = new Map(); // by inode, newest first
    for (let i = this.records.length - 1; i >= 0; i--) {
      const record = this.records[i];
      if (!ofBytes(record) || record.durable || !paths.has(record.inode)) continue;
      if (!lost.has(record.inode)) lost.set(record.inode, []);
      lost.get(record.inode).push(i);
    }
    for (const [inode, list] of lost) this.restore(paths.get(inode), inode, list);
    this.takeBackNames();
  }

  restore(path, inode, newestFirst) {
    const file = openSync(path, 'r+');
    let { size } = fstatSync(file);
    const sizeMoment = this.moment(inode, 1);
    for (const i of newestFirst) {
      const record = this.records[i];
      const end = record.offset + (record.kind === 'write' ? record.length : record.data.length);
      for (let at = record.offset; at < end;) {
        const next = Math.min(end, (Math.floor(at / kSector) + 1) * kSector);
        if (i >= this.moment(inode, 2, Math.floor(at / kSector))) {
          const before = Buffer.alloc(next - at); // zeros beyond the end that the file had
          record.data.subarray(at - record.offset, next - record.offset).copy(before);
          writeSync(file, before, 0, before.length, at);
          this.sectors++;
        }
        at = next;
      }
      if (i >= sizeMoment) ({ size } = record);
      this.writes++;
    }
    ftruncateSync(file, size);
    closeSync(file);
  }

  takeBackNames() {
    const firstLost = this.moment(0, 0);
    for (let i = this.records.length - 1; i >= firstLost; i--) {
      const record = this.records[i];
      if (!ofNames(record) || record.durable) continue;
      this.names++;
      this[record.kind](record);
    }
  }

  create({ path, inode }) {
    if (inodeOf(path) === inode) unlinkSync(path);
  }
  remove({ path, inode }) {
    if (inodeOf(path) === 0) this.bringBack(path, inode);
  }
  rename({ path, inode, other }) {
    const [from, to] = path.split('\0');
    if (inodeOf(to) !== inode) return; // killed before it was renamed
    renameSync(to, from);
    if (other !== 0) this.bringBack(to, other);
  }
  bringBack(path, inode) {
    linkSync(join(this.kept, String(inode)), path);
  }
}

const [journal, folder, seed] = process.argv.slice(2);
if (!seed) {
  console.error('usage: node powercut.mjs JOURNAL FOLDER SEED');
  process.exit(2);
}
const records = readJournal(journal);
findDurable(records);
const cut = new Cut(records, `${journal}.files`, Number(seed));
cut.takeBack(realpathSync(folder));
for (const path of filesBelow(folder)) if (path.endsWith('-shm')) rmSync(path); // SQLite makes it anew
rmSync(`${journal}.files`, { recursive: true });
rmSync(journal);
console.log(`${records.length} records: ${cut.writes} writes and ${cut.names} changes of names taken back, ${cut.sectors} sectors`);
