/** The curves of some datastreams over the shared window. Old ones stay until the new are there; newest values are added live. */
import { untrack } from 'svelte';
import type { Stream } from '../stores/town.svelte';
import { values } from '../stores/values.svelte';
import { type Curve, loadCurve } from './data';

export class Curves {
  map: Map<number, Curve> = $state.raw(new Map());
  failed: unknown = $state(null);
  loading = $state(false);
  private turn = 0;

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
  /** The newest values, put at the end of the curves without asking the server. */
  follow(streams: readonly Stream[]): void {
    let changed = false;
    const next = new Map(this.map);
    for (const stream of streams) {
      const curve = next.get(stream.id);
      const reading = values.peek(stream.id);
      const last = curve?.t.at(-1);
      if (!curve || typeof reading?.value !== 'number' || last === undefined || reading.at <= last) continue;
      const y = reading.value;
      next.set(stream.id, { ...curve, t: [...curve.t, reading.at], y: [...curve.y, y], lo: [...curve.lo, y], hi: [...curve.hi, y] });
      changed = true;
    }
    if (changed) this.map = next;
  }
}
