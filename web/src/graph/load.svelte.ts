/** The curves of some datastreams over the shared window. Old ones stay until the new are there; newest values are added live. */
import { untrack } from 'svelte';
import { flag } from '../lib/trust';
import type { Stream } from '../stores/town.svelte';
import { values } from '../stores/values.svelte';
import { type Curve, extended, loadCurve, sameWindow } from './data';

export class Curves {
  map: Map<number, Curve> = $state.raw(new Map());
  failed: unknown = $state(null);
  loading = $state(false);
  private turn = 0;
  /** What the map is of. */
  private window: [number, number] = [0, 0];

  /** Call inside an effect that depends on the streams and the window. */
  load(streams: readonly Stream[], [from, to]: [number, number], keep: boolean): void {
    this.turn += 1;
    const turn = this.turn;
    untrack(() => {
      this.loading = true;
      if (!keep) this.failed = null;
    });
    Promise.all(streams.map(async (stream) => [stream.id, await loadCurve(stream, from, to)] as const)).then(
      (pairs) => {
        if (turn !== this.turn) return;
        this.map = new Map(pairs);
        this.window = [from, to];
        this.failed = null;
        this.loading = false;
      },
      (error: unknown) => {
        if (turn !== this.turn) return;
        this.failed = error;
        this.loading = false;
      },
    );
  }
  /** What is asked for did not come, and what is there is of another window or of other datastreams. */
  lacks(streams: readonly Stream[], window: [number, number]): boolean {
    return this.failed !== null && (streams.some(({ id }) => !this.map.has(id)) || !sameWindow(this.window, window));
  }
  /** The newest values, put at the end of the curves without asking the server. */
  follow(streams: readonly Stream[]): void {
    let changed = false;
    const next = new Map(this.map);
    for (const stream of streams) {
      const curve = next.get(stream.id);
      const reading = values.peek(stream.id);
      const last = curve?.t.at(-1);
      if (!curve || typeof reading?.value !== 'number' || last === undefined || reading.at <= last) continue;
      if (reading.flags & flag.outOfRange) {
        if (reading.at <= (curve.rejected.at(-1)?.[0] ?? -Infinity)) continue;
        next.set(stream.id, { ...curve, rejected: [...curve.rejected, [reading.at, reading.value]] });
      } else next.set(stream.id, extended(curve, reading.at, reading.value, Math.max(curve.resolution.ms, stream.interval_ms ?? 0, 1000)));
      changed = true;
    }
    if (changed) this.map = next;
  }
}
