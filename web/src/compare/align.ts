/**
 * Two periods laid over each other by the town's clock: what was at 07:00 seven days ago stands at today's 07:00, also
 * where one of the days has 23 or 25 hours. An hour that a day has twice stands at both of its places in the other; two
 * of one place become their mean. Pure.
 */
import { offsetAt } from '../i18n/dates';
import type { Curve } from '../graph/data';

const day = 86_400_000;

/** The instants at which the town's clock showed the same time `days` later (or earlier, if negative): none, one or two. */
export function sameClock(at: number, days: number): number[] {
  const wall = at + offsetAt(at) * 60_000 + days * day;
  const rough = wall - offsetAt(at) * 60_000;
  const offsets = new Set([offsetAt(rough - day), offsetAt(rough), offsetAt(rough + day)]);
  return [...offsets].map((offset) => wall - offset * 60_000).filter((found) => found + offsetAt(found) * 60_000 === wall).sort((a, b) => a - b);
}
/** The window so many days earlier, from the first instant of the clock's time to the last. */
export function earlier([from, to]: [number, number], days: number): [number, number] {
  const first = sameClock(from, -days)[0] ?? from - days * day;
  const last = sameClock(to, -days).at(-1) ?? to - days * day;
  return [first, last];
}

export interface Sample {
  t: number;
  y: number;
  lo: number;
  hi: number;
  n: number;
}
/** Samples of an earlier period at the places of this one. */
export function moved(samples: readonly Sample[], days: number): Sample[] {
  const places = new Map<number, Sample[]>();
  for (const sample of samples) {
    for (const t of sameClock(sample.t, days)) places.set(t, [...(places.get(t) ?? []), sample]);
  }
  return [...places]
    .sort(([a], [b]) => a - b)
    .map(([t, list]) => {
      const n = list.reduce((sum, one) => sum + one.n, 0);
      const y = list.reduce((sum, one) => sum + one.y * one.n, 0) / n;
      return { t, y, lo: Math.min(...list.map(({ lo }) => lo)), hi: Math.max(...list.map(({ hi }) => hi)), n };
    });
}

/** Where both have a value: first minus second. A place that only one has is a gap. */
export function difference(a: Curve, b: Curve): { t: number[]; y: (number | null)[] } {
  const other = new Map(b.t.map((t, at) => [t, b.y[at] ?? null]));
  const t: number[] = [];
  const y: (number | null)[] = [];
  a.t.forEach((time, at) => {
    const [x, z] = [a.y[at] ?? null, other.get(time) ?? null];
    t.push(time);
    y.push(x === null || z === null ? null : x - z);
  });
  return { t, y };
}
