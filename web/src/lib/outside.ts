/** What it is like outside: the newest number of a weather station, else of an air station. */
import { town, type Stream } from '../stores/town.svelte';
import type { Reading } from '../stores/values.svelte';
import { keyOf, streamsOf } from './streams';
import { freshness } from './trust';

export function outside(key: string, now: number, peek: (id: number) => Reading | undefined): { value: number; stream: Stream; stale: boolean } | null {
  for (const kind of ['weather_station', 'air_station']) {
    for (const station of town.registry.things) {
      if (station.kind !== kind) continue;
      const stream = streamsOf(station).find((candidate) => keyOf(candidate) === key);
      const reading = stream && peek(stream.id);
      if (!stream || typeof reading?.value !== 'number') continue;
      return { value: reading.value, stream, stale: freshness(now - reading.at, stream.interval_ms) !== 'fresh' };
    }
  }
  return null;
}
