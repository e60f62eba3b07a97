/** Keys of the comparison: those of a thing's graph, and its own. */
import type { GraphView } from '../graph/view.svelte';
import type { Keys } from '../keys/keys';
import { thingKeys } from '../things/thing-keys';
import { steps } from './overlays';

interface Acts {
  find(): void;
  difference(): void;
  table(): void;
  exportAll(): void;
  first(): number;
  /** Takes the last one out. */
  drop(): void;
  overlay(place: number): void;
}
export function compareKeys(view: GraphView, acts: Acts): Keys {
  const none = (): false => false;
  const keys: Keys = {
    ...thingKeys(view, { table: acts.table, exportAll: acts.exportAll, acknowledge: none, comment: none, map: none, compare: none, why: none, open: none, first: acts.first }),
    KeyF: () => acts.find(),
    KeyD: () => acts.difference(),
    Backspace: () => acts.drop(),
  };
  for (const key of ['KeyA', 'KeyC', 'KeyM', 'KeyK', 'KeyW']) delete keys[key];
  steps.forEach((_, place) => {
    keys[`Shift+Digit${place + 1}`] = () => acts.overlay(place);
  });
  return keys;
}
