/**
 * What a player does with what it holds, by figures alone: where to jump, how fast to run, what to throw away.
 * Times are seconds of the media's own line. Pure.
 */
export type Range = readonly [from: number, to: number];

/** Live: no nearer to the end than this, or each late fragment stops the picture. */
export const nearEdge = 0.12;
/** Live: further behind than this it jumps. */
export const tooFar = 1;
/** Live: behind by more than this it runs a little faster. */
const lagging = 0.35;
const keepBehind = 8;
const trimAt = 16;

export interface Step {
  /** Where to go at once. */
  seek: number | null;
  /** Live: how fast to run. */
  rate: number;
  /** What of the past goes. */
  remove: Range | null;
}

/** The range that holds `at`, or the one it is just before (a rounding's width). */
export function holding(ranges: readonly Range[], at: number): Range | null {
  return ranges.find(([from, to]) => at >= from - 0.05 && at <= to) ?? null;
}
export function trim(ranges: readonly Range[], at: number, behind = keepBehind, atMost = trimAt): Range | null {
  const first = ranges[0];
  return first && at - first[0] > atMost ? [first[0], at - behind] : null;
}
/** A live picture: stays by the edge. A new run (a jump of the clock, a reconnect) is followed at once. */
export function followEdge(ranges: readonly Range[], at: number): Step {
  const last = ranges.at(-1);
  if (!last) return { seek: null, rate: 1, remove: null };
  const [from, to] = last;
  const remove = trim(ranges, at);
  const behind = to - at;
  if (at < from || behind < -0.5 || behind > tooFar) return { seek: Math.max(from, to - nearEdge), rate: 1, remove };
  return { seek: null, rate: behind > lagging ? 1.08 : 1, remove };
}
/** A recording: plays what there is, and steps over a gap once it stands before it. */
export function stepOver(ranges: readonly Range[], at: number, playing: boolean): Step {
  const remove = trim(ranges, at, 20, 60);
  const here = holding(ranges, at);
  const next = ranges.find(([from]) => from > at + 0.05);
  const over = playing && next && (!here || here[1] - at < 0.06) ? next[0] : null;
  return { seek: over, rate: 1, remove };
}
/** The offset that puts a fragment's own time on our line; unchanged as long as the old one is nearly right. */
export function offsetFor(wanted: number, own: number, before: number | null, slack = 0.4): number {
  const exact = wanted - own;
  return before !== null && Math.abs(before - exact) < slack ? before : exact;
}
