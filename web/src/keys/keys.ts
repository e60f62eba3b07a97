/**
 * Keys by place on the keyboard (event.code), so that Kazakh and Russian layouts work. A chord is written
 * "Shift+Digit1". The last component that registered a chord gets it, the room only what no page wants; a handler that
 * returns false passes it on.
 */
import { ui } from '../stores/ui.svelte';

export type Handler = (event: KeyboardEvent) => void | boolean;
export type Keys = Record<string, Handler>;
const stack: Keys[] = [];

export function chord(event: KeyboardEvent): string {
  const code = event.code.startsWith('Numpad') ? event.code.replace(/^Numpad(\d)$/, 'Digit$1') : event.code;
  return (event.altKey ? 'Alt+' : '') + (event.shiftKey ? 'Shift+' : '') + code;
}
function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type);
}
/** Enter and Space belong to the control that has the focus, arrows to a map or choices. */
function taken(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (event.code === 'Enter' || event.code === 'Space') return target.matches('button, a, summary, input');
  if (event.code.startsWith('Arrow') || event.code === 'Equal' || event.code === 'Minus') return target.matches('canvas, input[type=radio], [role=listbox], [role=slider]');
  return false;
}
const always = new Set(['Escape', 'F6', 'Shift+F6']);

function dispatch(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
  const name = chord(event);
  const free = always.has(name) || event.altKey;
  if (typing(event.target) && !free) return;
  if (taken(event)) return;
  if (!free && !ui.singleKeys && !/^(Arrow|Enter|Home|End|Page)/.test(event.code)) return;
  if (ui.dialog && !free) return;
  for (let place = stack.length - 1; place >= 0; place -= 1) {
    const handler = stack[place]![name];
    if (handler && handler(event) !== false) {
      event.preventDefault();
      return;
    }
  }
}
export function startKeys(): () => void {
  addEventListener('keydown', dispatch);
  return () => removeEventListener('keydown', dispatch);
}
/**
 * Registers keys for as long as a component lives: `$effect(() => useKeys({ KeyA: acknowledge }))`. `below`: whatever any
 * other component wants comes first. Effects of a page run before the room's when both come at once.
 */
export function useKeys(keys: Keys, below = false): () => void {
  if (below) stack.unshift(keys);
  else stack.push(keys);
  return () => {
    stack.splice(stack.indexOf(keys), 1);
  };
}
