/** Who is silent, and how some thousand small cells fit into a panel. Pure. */
import { freshness } from '../lib/trust';
import type { Place } from '../stores/town.svelte';
import type { Reading } from '../stores/values.svelte';

export function silentOf(thing: Place, now: number, peek: (id: number) => Reading | undefined): boolean {
  return thing.datastreams.every((stream) => {
    const reading = peek(stream.id);
    return !reading || freshness(now - reading.at, stream.interval_ms) === 'dead';
  });
}

export interface Room {
  columns: number;
  pitch: number;
  line: number;
  gap: number;
  /** Where the first row of each group begins. */
  tops: number[];
}
/** The largest cells with which all groups fit below each other, each under a line of words. */
export function layout(counts: readonly number[], width: number, height: number, words: number): Room {
  let room: Room = { columns: 1, pitch: 1, line: 1, gap: 0, tops: counts.map(() => words) };
  for (let pitch = 1.5; pitch <= 9; pitch += 0.25) {
    const columns = Math.max(1, Math.floor(width / pitch));
    const line = pitch * 1.35;
    let top = 0;
    const tops: number[] = [];
    for (const count of counts) {
      top += words;
      tops.push(top);
      top += Math.ceil(count / columns) * line + words * 0.3;
    }
    if (top > height && pitch > 1.5) return room;
    room = { columns, pitch, line, gap: Math.min(1.5, pitch * 0.3), tops };
  }
  return room;
}
