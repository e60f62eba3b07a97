/** Keys of the thing page. */
import type { GraphView } from '../graph/view.svelte';
import type { Keys } from '../keys/keys';
import type { ThingDialog } from '../stores/ui.svelte';

interface Acts {
  table(): void;
  exportAll(): void;
  acknowledge(): void;
  comment(): void;
  map(): void;
  compare(): void;
  why(): void;
  open(dialog: ThingDialog): void;
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
    'Shift+KeyE': () => acts.open('edit'),
    'Shift+KeyP': () => acts.open('photo'),
    'Shift+KeyC': () => acts.open('calibrated'),
    'Shift+KeyK': () => acts.open('credentials'),
    'Shift+KeyH': () => acts.open('changes'),
    'Shift+Delete': () => acts.open('remove'),
  };
}
