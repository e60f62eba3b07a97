/** The lines of a comparison: each datastream over the window, and over earlier windows laid on it. */
import { untrack } from 'svelte';
import { api } from '../api/api';
import type { BucketUnit } from '../api/types';
import { type Curve, type Resolution, resolution, sameWindow, withGaps } from '../graph/data';
import type { Stream } from '../stores/town.svelte';
import { clock } from '../stores/clock.svelte';
import { earlier, moved, type Sample } from './align';

export interface Line {
  /** "17" or "17-7": the datastream, and how many days earlier. */
  key: string;
  stream: Stream;
  back: number;
  samples: Sample[];
  curve: Curve;
  step: Resolution;
}
export const lineKey = (stream: number, back: number): string => (back ? `${stream}-${back}` : String(stream));

/** One grid for all lines of a comparison: buckets that all of them can fill, so that they can be subtracted. */
export function gridOf(streams: readonly Stream[], span: number, most = 700): Resolution {
  const slowest = Math.max(60_000, ...streams.map((stream) => stream.interval_ms ?? 0));
  const step = resolution(span, slowest, most);
  if (step.unit !== 'raw') return step;
  // Few enough to show each: the least bucket that is not shorter than the interval.
  const ladder: Resolution[] = [1, 5, 10, 30].map((count) => ({ unit: 'minute', count, ms: count * 60_000 }));
  return ladder.find(({ ms }) => ms >= slowest) ?? { unit: 'hour', count: 1, ms: 3_600_000 };
}

async function load(stream: Stream, window: [number, number], back: number, step: Resolution): Promise<Line> {
  const [from, to] = back ? earlier(window, back) : window;
  const { buckets } = await api.buckets(stream.id, Math.floor(from), Math.ceil(to), step.unit as BucketUnit, step.count);
  const found: Sample[] = buckets.map(([t, y, lo, hi, n]) => ({ t, y, lo, hi, n }));
  const samples = back ? moved(found, back) : found;
  const middle = samples.map((one) => ({ ...one, t: one.t + step.ms / 2 }));
  return { key: lineKey(stream.id, back), stream, back, samples, step, curve: withGaps(middle, Math.max(step.ms, stream.interval_ms ?? 0), step) };
}

export class Lines {
  list: Line[] = $state.raw([]);
  failed: unknown = $state(null);
  loading = $state(false);
  /** Till when the list is true. */
  at = $state(0);
  /** What the list is over. */
  window: [number, number] = $state.raw([0, 0]);
  private turn = 0;

  load(streams: readonly Stream[], window: [number, number], back: readonly number[]): void {
    this.turn += 1;
    const turn = this.turn;
    untrack(() => (this.loading = true));
    const step = gridOf(streams, window[1] - window[0]);
    Promise.all(streams.flatMap((stream) => [0, ...back].map((days) => load(stream, window, days, step)))).then(
      (list) => {
        if (turn !== this.turn) return;
        [this.list, this.window, this.failed, this.loading, this.at] = [list, window, null, false, clock.exact()];
      },
      (error: unknown) => {
        if (turn === this.turn) [this.failed, this.loading] = [error, false];
      },
    );
  }
  /** Are the samples, and so the figures, those of this window? */
  over(window: [number, number]): boolean {
    return sameWindow(this.window, window);
  }
  /** Is all there that is asked for? */
  holds(streams: readonly Stream[], window: [number, number], back: readonly number[]): boolean {
    const there = new Set(this.list.map(({ key }) => key));
    return this.over(window) && streams.every(({ id }) => [0, ...back].every((days) => there.has(lineKey(id, days))));
  }
  /** What is asked for did not come, and what is there is something else. */
  lacks(streams: readonly Stream[], window: [number, number], back: readonly number[]): boolean {
    return this.failed !== null && !this.holds(streams, window, back);
  }
}
