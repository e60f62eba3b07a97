/** Which datastreams stand in which panel: one panel per unit, the main one first. */
import { keyOf } from '../lib/streams';
import type { Stream } from '../stores/town.svelte';

const unitKey = (stream: Stream): string => stream.unit || stream.info?.unit || keyOf(stream);

export function panelsOf(shown: readonly Stream[], main: Stream): Stream[][] {
  const groups = new Map<string, Stream[]>();
  for (const stream of [main, ...shown.filter((other) => other.id !== main.id)]) {
    const key = unitKey(stream);
    groups.set(key, [...(groups.get(key) ?? []), stream]);
  }
  return [...groups.values()];
}
/** At first: the main one, one more of its unit, and the first of two other units. */
export function firstShown(all: readonly Stream[], main: Stream): number[] {
  const panels = panelsOf(all, main);
  return [...(panels[0] ?? []).slice(0, 2), ...panels.slice(1, 3).map((panel) => panel[0]!)].map((stream) => stream.id);
}
