/** Keys of the thing page. */
import type { GraphView } from '../graph/view.svelte';
import type { Keys } from '../keys/keys';

interface Acts {
  table(): void;
  exportAll(): void;
  acknowledge(): void;
  comment(): void;
  map(): void;
  compare(): void;
  why(): void;
  first(): number;
}

export function thingKeys(view: GraphView, acts: Acts): Keys {
  return {
    Equal: () => view.zoom(0.5),
    'Shift+Equal': () => view.zoom(0.5),
    NumpadAdd: () => view.zoom(0.5),
    Minus: () => view.zoom(2),
    NumpadSubtract: () => view.zoom(2),
    ArrowLeft: () => view.pan(-0.25),
    ArrowRight: () => view.pan(0.25),
    BracketLeft: () => view.step(-1),
    BracketRight: () => view.step(1),
    Home: () => view.toStart(acts.first()),
    End: () => view.toEnd(),
    'Shift+KeyT': () => acts.table(),
    KeyE: () => acts.exportAll(),
    KeyA: () => acts.acknowledge(),
    KeyC: () => acts.comment(),
    KeyM: () => acts.map(),
    KeyK: () => acts.compare(),
    KeyW: () => acts.why(),
  };
}
