/** What a graph draws, and how it is fetched: raw readings where they fit, else calendar buckets. Gaps stay gaps. */
import { api } from '../api/api';
import type { BucketRow, BucketUnit, ObservationRow } from '../api/types';
import { clock } from '../stores/clock.svelte';
import { flag } from '../lib/trust';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export interface Resolution {
  unit: BucketUnit | 'raw';
  count: number;
  ms: number;
}
const ladder: Resolution[] = [
  { unit: 'minute', count: 1, ms: minute },
  { unit: 'minute', count: 5, ms: 5 * minute },
  { unit: 'minute', count: 10, ms: 10 * minute },
  { unit: 'minute', count: 30, ms: 30 * minute },
  { unit: 'hour', count: 1, ms: hour },
  { unit: 'hour', count: 3, ms: 3 * hour },
  { unit: 'hour', count: 6, ms: 6 * hour },
  { unit: 'day', count: 1, ms: day },
];

/** At most about 800 points over the window; raw readings when there are no more of them than that. */
export function resolution(span: number, interval: number, most = 800): Resolution {
  if (span / Math.max(interval, 1000) <= most) return { unit: 'raw', count: 1, ms: interval };
  return ladder.find((step) => span / step.ms <= most && step.ms >= interval) ?? ladder.at(-1)!;
}

export interface Curve {
  /** Milliseconds; null in `y` marks a gap. */
  t: number[];
  y: (number | null)[];
  lo: (number | null)[];
  hi: (number | null)[];
  gaps: [number, number][];
  resolution: Resolution;
  /** Failed checks: shown as crosses, no part of the line. */
  rejected: [number, number][];
}
interface Sample {
  t: number;
  y: number;
  lo: number;
  hi: number;
}

/** Where two neighbours are further apart than three steps nothing is drawn between them. */
export function withGaps(samples: readonly Sample[], step: number, resolution: Resolution): Curve {
  const curve: Curve = { t: [], y: [], lo: [], hi: [], gaps: [], resolution, rejected: [] };
  let before: Sample | null = null;
  for (const sample of samples) {
    if (before && sample.t - before.t > 3 * step) {
      curve.gaps.push([before.t, sample.t]);
      curve.t.push(before.t + 1);
      curve.y.push(null);
      curve.lo.push(null);
      curve.hi.push(null);
    }
    curve.t.push(sample.t);
    curve.y.push(sample.y);
    curve.lo.push(sample.lo);
    curve.hi.push(sample.hi);
    before = sample;
  }
  return curve;
}

/** A newer sample at the end of a curve that has some: over a silence no line is drawn here either. */
export function extended(curve: Curve, at: number, y: number, step: number): Curve {
  const [sample, last] = [{ t: at, y, lo: y, hi: y }, { t: curve.t.at(-1)!, y: 0, lo: 0, hi: 0 }];
  const tail = withGaps([last, sample], step, curve.resolution);
  const after = <T>(old: readonly T[], more: readonly T[]): T[] => [...old, ...more.slice(1)];
  return { ...curve, t: after(curve.t, tail.t), y: after(curve.y, tail.y), lo: after(curve.lo, tail.lo), hi: after(curve.hi, tail.hi), gaps: [...curve.gaps, ...tail.gaps] };
}

export function fromObservations(rows: readonly ObservationRow[], interval: number): Curve {
  const good: Sample[] = [];
  const rejected: [number, number][] = [];
  for (const [t, value, flags] of rows) {
    const y = typeof value === 'boolean' ? Number(value) : value;
    if (typeof y !== 'number') continue;
    if (flags & flag.outOfRange) rejected.push([t, y]);
    else good.push({ t, y, lo: y, hi: y });
  }
  const curve = withGaps(good, Math.max(interval, 1000), { unit: 'raw', count: 1, ms: interval });
  curve.rejected = rejected;
  return curve;
}
export function fromBuckets(rows: readonly BucketRow[], step: Resolution, interval: number, now: number): Curve {
  const samples = rows.map(([t, mean, lo, hi]) => ({ t: Math.min(t + step.ms / 2, Math.max(now, t)), y: mean, lo, hi }));
  return withGaps(samples, Math.max(step.ms, interval), step);
}

/** The usual distance of readings where the registry does not say: the median of those there are. */
export function usualStep(times: readonly number[]): number {
  const steps = times.slice(1).map((t, place) => t - times[place]!).sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 10 * minute;
}

/** Is what was loaded over one window what the other should show? One that moved on with the clock by less than a tenth is the same. */
export function sameWindow([began, ended]: [number, number], [from, to]: [number, number]): boolean {
  const span = to - from;
  return Math.abs(ended - began - span) <= 1 && Math.abs(ended - to) <= span / 10;
}

export async function loadCurve(stream: { id: number; interval_ms?: number | null }, from: number, to: number, most = 800): Promise<Curve> {
  const known = stream.interval_ms ?? 0;
  if (!known) {
    // Nobody knows how often it speaks: perhaps seldom enough to show every reading.
    const { values, more } = await api.observations(stream.id, Math.floor(from), Math.ceil(to), most);
    if (!more) return fromObservations(values, usualStep(values.map(([t]) => t)));
  }
  const step = resolution(to - from, known || 10_000, most);
  if (step.unit === 'raw') {
    const { values } = await api.observations(stream.id, Math.floor(from), Math.ceil(to));
    return fromObservations(values, known || usualStep(values.map(([t]) => t)));
  }
  const { buckets } = await api.buckets(stream.id, Math.floor(from), Math.ceil(to), step.unit, step.count);
  return fromBuckets(buckets, step, known, clock.exact());
}

/** Lays curves over one common time axis, as uPlot wants them. */
export function join(curves: readonly { t: number[]; columns: (number | null)[][] }[]): { t: number[]; columns: (number | null | undefined)[][] } {
  if (curves.length === 1) return { t: curves[0]!.t, columns: curves[0]!.columns };
  const t = [...new Set(curves.flatMap((curve) => curve.t))].sort((a, b) => a - b);
  const at = new Map(t.map((time, place) => [time, place]));
  const columns = curves.flatMap((curve) =>
    curve.columns.map((column) => {
      const wide: (number | null | undefined)[] = new Array<undefined>(t.length).fill(undefined);
      curve.t.forEach((time, place) => (wide[at.get(time)!] = column[place]));
      return wide;
    }),
  );
  return { t, columns };
}
