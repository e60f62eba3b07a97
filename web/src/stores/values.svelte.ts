/**
 * The newest value of every datastream. Messages only fill a map; the screen is told once per animation frame, however
 * many came in between. Readers look at `frame` and then read what they need.
 */
import type { Scalar, ValueRow } from '../api/types';

export interface Reading {
  at: number;
  value: Scalar;
  flags: number;
}

class Values {
  /** Rises once per animation frame in which something changed. */
  frame = $state(0);
  private readonly map = new Map<number, Reading>();
  private touched = new Set<number>();
  private waiting = false;
  private readonly watchers = new Set<(changed: ReadonlySet<number>) => void>();

  /** Reading of a datastream; tracked when used while drawing. */
  of(id: number): Reading | undefined {
    void this.frame;
    return this.map.get(id);
  }
  /** The same, untracked: for work that runs by its own clock. */
  peek(id: number): Reading | undefined {
    return this.map.get(id);
  }
  put(rows: readonly ValueRow[]): void {
    for (const [id, at, value, flags] of rows) {
      const known = this.map.get(id);
      if (known && known.at > at) continue;
      this.map.set(id, { at, value, flags });
      this.touched.add(id);
    }
    if (this.waiting || this.touched.size === 0) return;
    this.waiting = true;
    requestAnimationFrame(this.show);
  }
  /** Called after each frame with what changed in it. */
  watch(watcher: (changed: ReadonlySet<number>) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
  private readonly show = (): void => {
    this.waiting = false;
    const changed = this.touched;
    this.touched = new Set();
    this.frame += 1;
    for (const watcher of this.watchers) watcher(changed);
  };
}
export const values = new Values();
