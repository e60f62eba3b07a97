import type { Severity } from './types';

/** ISA-18.2 figures of a window; null where there is nothing to count. */
export interface Performance {
  from: number;
  to: number;
  operators: number;
  alarms: number;
  /** Raised in exercises, besides; in none of the figures. */
  exercise?: number;
  per_10_min: { mean: number | null; peak: number | null; peak_at: number | null; over_10_percent: number | null; distribution: [number, number][] };
  floods: { from: number; to: number; count: number; peak: number }[];
  chattering: { rule: string; thing: number; datastream: number | null; raises: number; worst_minute: number; worst_at: number }[];
  stale: { id: number; rule: string; thing: number; raised: number }[];
  worst: { rule: string; thing: number; count: number; share: number }[];
  severity: Partial<Record<`${Severity}`, { count: number; share: number | null }>>;
  acknowledge: { median_s: number | null; p90_s: number | null; count: number; waiting: number };
  suggestions: { rule: string; thing: number; datastream: number | null; field: 'clear' | 'for_s'; now: number; suggested: number; raises: number; would_remain: number }[];
  targets: { per_10_min: number; over_10_percent: number; stale: number; worst_share_percent: number; severity_share: Record<string, number> };
}
