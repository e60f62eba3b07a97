/** How far a value may be trusted, and how old it is: the signs of the design's "Trust in a value". */
export type Freshness = 'fresh' | 'stale' | 'dead';
export type Trust = 'good' | 'doubt' | 'bad' | 'hand' | 'calc';

/** The bits of readings/observation.h. */
export const flag = {
  serverTime: 1 << 0,
  clockDoubt: 1 << 1,
  late: 1 << 2,
  corrected: 1 << 3,
  outOfRange: 1 << 4,
  doubtful: 1 << 5,
  byHand: 1 << 6,
  derived: 1 << 7,
} as const;

export function trustOf(flags: number): Trust {
  if (flags & flag.outOfRange) return 'bad';
  if (flags & (flag.doubtful | flag.clockDoubt)) return 'doubt';
  if (flags & flag.byHand) return 'hand';
  return flags & flag.derived ? 'calc' : 'good';
}

/** A value that still stands for its thing: it has come, and is not dead. */
export function alive<T extends { at: number }>(reading: T | undefined, now: number, intervalMs: number | null | undefined): reading is T {
  return reading !== undefined && freshness(now - reading.at, intervalMs) !== 'dead';
}
/** Older than 1.5 intervals is stale, older than 3 is dead. With no known interval only an hour makes stale. */
export function freshness(ageMs: number, intervalMs: number | null | undefined): Freshness {
  const interval = intervalMs && intervalMs > 0 ? intervalMs : 0;
  const grace = 2_000;
  if (!interval) return ageMs > 3_600_000 ? 'stale' : 'fresh';
  if (ageMs > 3 * interval + grace) return 'dead';
  return ageMs > 1.5 * interval + grace ? 'stale' : 'fresh';
}
