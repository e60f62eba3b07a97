/** What a comparison says in figures, from the buckets that are drawn. Pure. */
import type { Sample } from './align';

export interface Figures {
  mean: number;
  min: number;
  max: number;
  p95: number;
  /** Hours beyond the limit; null where there is no limit. */
  over: number | null;
  /** How much of what was to come is there, 0 to 1; null where nobody knows how often it speaks. */
  coverage: number | null;
}
export interface Bounds {
  value: number;
  above: boolean;
}

/** Between the neighbours, by weight: the value below which that part of the readings lies. */
export function quantile(sorted: readonly { y: number; n: number }[], part: number): number {
  const all = sorted.reduce((sum, { n }) => sum + n, 0);
  let before = 0;
  for (const { y, n } of sorted) {
    before += n;
    if (before >= part * all) return y;
  }
  return sorted.at(-1)?.y ?? NaN;
}

/** `step`: length of a bucket; `window`: what should be covered, cut at the present; `interval`: of the readings, 0: unknown. */
export function figuresOf(samples: readonly Sample[], step: number, window: [number, number], now: number, interval: number, limit: Bounds | null): Figures | null {
  if (samples.length === 0) return null;
  const n = samples.reduce((sum, one) => sum + one.n, 0);
  const over = limit && samples.filter(({ y }) => (limit.above ? y > limit.value : y < limit.value)).length * step;
  const span = Math.min(window[1], now) - window[0];
  // A bucket with more readings than expected makes up for no empty one.
  const each = Math.max(1, step / interval);
  const got = samples.reduce((sum, one) => sum + Math.min(1, one.n / Math.max(1, Math.floor(each + 0.01))), 0) * step;
  return {
    mean: samples.reduce((sum, one) => sum + one.y * one.n, 0) / n,
    min: Math.min(...samples.map(({ lo }) => lo)),
    max: Math.max(...samples.map(({ hi }) => hi)),
    p95: quantile([...samples].sort((a, b) => a.y - b.y), 0.95),
    over: over === null ? null : over / 3_600_000,
    coverage: interval > 0 && span > 0 ? Math.min(1, got / (Math.ceil(span / step) * step)) : null,
  };
}

/** RFC 4180; the town's time with its offset, one column a line. */
export function csvOf(heads: readonly string[], lines: readonly (readonly Sample[])[], timeOf: (at: number) => string): string {
  const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const columns = lines.map((samples) => new Map(samples.map(({ t, y }) => [t, y])));
  const times = [...new Set(lines.flatMap((samples) => samples.map(({ t }) => t)))].sort((a, b) => a - b);
  const rows = times.map((at) => [timeOf(at), ...columns.map((column) => String(column.get(at) ?? ''))].join(','));
  return [['time', ...heads.map(cell)].join(','), ...rows].join('\r\n') + '\r\n';
}
