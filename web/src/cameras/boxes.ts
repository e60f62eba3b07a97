/** The little of ISO-BMFF that a player must know: how a fragment's time is counted, and where it begins. Pure. */

interface Box {
  type: string;
  from: number;
  to: number;
}
function* boxes(view: DataView, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    const size = view.getUint32(at);
    const type = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5), view.getUint8(at + 6), view.getUint8(at + 7));
    const end = size === 0 ? to : at + size;
    if (end < at + 8 || end > to) return;
    yield { type, from: at + 8, to: end };
    at = end;
  }
}
/** The box at the end of a path of types, the first of each. */
function find(bytes: Uint8Array, path: readonly string[]): { view: DataView; from: number; to: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [from, to] = [0, bytes.byteLength];
  for (const wanted of path) {
    const found = [...boxes(view, from, to)].find(({ type }) => type === wanted);
    if (!found) return null;
    [from, to] = [found.from, found.to];
  }
  return { view, from, to };
}
/** Units a second of the first track of an init segment; null: it is none. */
export function timescale(bytes: Uint8Array): number | null {
  const box = find(bytes, ['moov', 'trak', 'mdia', 'mdhd']);
  if (!box || box.to - box.from < 24) return null;
  return box.view.getUint32(box.from + (box.view.getUint8(box.from) === 1 ? 20 : 12)) || null;
}
/** Track and decode time of a fragment's first sample, in its track's units; null: it is none. */
export function decodeTime(bytes: Uint8Array): { track: number; time: number } | null {
  const head = find(bytes, ['moof', 'traf', 'tfhd']);
  const box = find(bytes, ['moof', 'traf', 'tfdt']);
  if (!box || !head || box.to - box.from < 8 || head.to - head.from < 8) return null;
  const long = box.view.getUint8(box.from) === 1;
  if (long && box.to - box.from < 12) return null;
  const time = long ? Number(box.view.getBigUint64(box.from + 4)) : box.view.getUint32(box.from + 4);
  return { track: head.view.getUint32(head.from + 4), time };
}
/** Pictures only: the second track of an init segment, and fragments of it, are made nothing of, in place. Sound has a clock of its own. */
export function silenced(bytes: Uint8Array): void {
  const nothing = (box: Box): void => bytes.set([0x66, 0x72, 0x65, 0x65], box.from - 4); // "free"
  const whole = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sound = false;
  for (const box of boxes(whole, 0, bytes.byteLength)) {
    if (box.type === 'moof') sound = (decodeTime(bytes.subarray(box.from - 8, box.to))?.track ?? 1) !== 1;
    if (sound) nothing(box);
  }
  const moov = find(bytes, ['moov']);
  if (!moov) return;
  [...boxes(moov.view, moov.from, moov.to)].filter(({ type }) => type === 'trak').slice(1).forEach(nothing);
  const extends_ = find(bytes, ['moov', 'mvex']);
  if (extends_) [...boxes(extends_.view, extends_.from, extends_.to)].filter(({ type }) => type === 'trex').slice(1).forEach(nothing);
}
export function isInit(bytes: Uint8Array): boolean {
  return find(bytes, ['ftyp']) !== null || find(bytes, ['moov']) !== null;
}
