/** From the server's columns to what the chart draws, and what can be said about it in a sentence. */
import type { UsualAnswer } from '../api/types';
import type { Curve } from '../graph/data';

type Column = readonly (number | null)[];
/** Lamps that are off by day are no fault: their share is no figure then, nor while they are switched on and off. */
const dark = 5;
const twilight = 90;

export interface Lines {
  today: Curve;
  yesterday: Curve;
  week: Curve;
  /** Why the gaps are there. */
  reason: 'off' | 'none';
}

/** Stretches of three steps or more without a value, from the last known to the next. The running step is no gap. */
export function gapsOf(times: readonly number[], column: Column, end: number): [number, number][] {
  const gaps: [number, number][] = [];
  let start = -1;
  for (let at = 0; at <= column.length; at += 1) {
    const missing = at < column.length && column[at] === null;
    if (missing && start < 0) start = at;
    if (missing || start < 0) continue;
    if (at - start >= 3) gaps.push([times[start]!, at < times.length ? times[at]! : end]);
    start = -1;
  }
  return gaps;
}
/** `share`: the line is a percentage of lamps, and what is off by day is left out. */
export function linesOf(answer: UsualAnswer, scale: number, share: boolean, now: number): Lines {
  const step = answer.minutes * 60_000;
  const t = answer.times.map((start) => Math.min(start + step / 2, Math.max(now, start)));
  const switching = (at: number): boolean => share && (answer.low[at] ?? 100) < twilight;
  const lit = (value: number | null, at: number): number | null =>
    value === null || (share && value < dark) || (switching(at) && value < twilight) ? null : value * scale;
  const past = (value: number | null, at: number): number | null => (share && (value ?? 0) < twilight ? null : lit(value, at));
  const y = answer.now.map(lit);
  const curve = (values: (number | null)[]): Curve => ({
    t, y: values, lo: [], hi: [], gaps: [], rejected: [], resolution: { unit: 'minute', count: answer.minutes, ms: step },
  });
  const off = share && answer.now.some((value) => value !== null && value < dark);
  const band = (column: Column): (number | null)[] => column.map((value, at) => (share && (switching(at) || y[at] === null) ? null : lit(value, at)));
  return {
    today: { ...curve(y), lo: band(answer.low), hi: band(answer.high), gaps: gapsOf(answer.times, y, now) },
    yesterday: curve(answer.yesterday.map(past)),
    week: curve(answer.week.map(past)),
    reason: off ? 'off' : 'none',
  };
}
export interface Standing {
  /** The usual range at the newest step that has a value. */
  usual: [number, number] | null;
  where: 'above' | 'below' | 'inside' | 'unknown';
  highest: { at: number; value: number } | null;
  lowest: { at: number; value: number } | null;
}
/** A little outside is still inside: `slack`, else 3 % of the range's upper end. */
export function standingOf(lines: Lines, slack: number | null = null): Standing {
  const { t, y, lo, hi } = lines.today;
  let highest: Standing['highest'] = null;
  let lowest: Standing['lowest'] = null;
  let last = -1;
  y.forEach((value, at) => {
    if (value === null) return;
    last = at;
    if (!highest || value > highest.value) highest = { at: t[at]!, value };
    if (!lowest || value < lowest.value) lowest = { at: t[at]!, value };
  });
  const [low, high, value] = [lo[last] ?? null, hi[last] ?? null, y[last] ?? null];
  if (low === null || high === null || value === null) return { usual: null, where: 'unknown', highest, lowest };
  const room = slack ?? Math.abs(high) * 0.03;
  return { usual: [low, high], where: value > high + room ? 'above' : value < low - room ? 'below' : 'inside', highest, lowest };
}
