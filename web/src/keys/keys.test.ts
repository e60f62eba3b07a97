import { afterEach, describe, expect, it, vi } from 'vitest';
import { startKeys, useKeys } from './keys';

class Focused {
  constructor(private readonly is: string) {}
  matches(selectors: string): boolean {
    return selectors.split(', ').includes(this.is);
  }
}
function listen(): (code: string, target?: Focused) => void {
  let handler: ((event: unknown) => void) | undefined;
  vi.stubGlobal('HTMLElement', Focused);
  for (const kind of ['TextArea', 'Select', 'Input']) vi.stubGlobal(`HTML${kind}Element`, class {});
  vi.stubGlobal('addEventListener', (_: string, given: (event: unknown) => void) => (handler = given));
  startKeys();
  return (code, target) => handler?.({ code, altKey: false, shiftKey: true, target: target ?? null, preventDefault: () => undefined });
}
afterEach(() => vi.unstubAllGlobals());

describe('keys', () => {
  it("are a page's before they are the room's, also when the page was there first", () => {
    const [press, got] = [listen(), [] as string[]];
    const stops = [useKeys({ 'Shift+KeyE': () => void got.push('page') }), useKeys({ 'Shift+KeyE': () => void got.push('room'), 'Shift+KeyP': () => void got.push('room') }, true)];
    press('KeyE');
    press('KeyP');
    expect(got).toEqual(['page', 'room']);
    stops.forEach((stop) => stop());
    press('KeyE');
    expect(got).toHaveLength(2);
  });
  it('belong to what has the focus where it takes them: arrows to a choice of one', () => {
    const [press, got] = [listen(), [] as string[]];
    const stop = useKeys({ 'Shift+ArrowDown': () => void got.push('page') });
    for (const is of ['input[type=radio]', 'canvas', '[role=slider]']) press('ArrowDown', new Focused(is));
    expect(got).toEqual([]);
    press('ArrowDown', new Focused('button'));
    expect(got).toEqual(['page']);
    stop();
  });
  it('go to the last that asked, unless it passes them on', () => {
    const [press, got] = [listen(), [] as string[]];
    const stops = [useKeys({ 'Shift+KeyA': () => void got.push('list') }), useKeys({ 'Shift+KeyA': () => (got.push('drawer'), false) })];
    press('KeyA');
    expect(got).toEqual(['drawer', 'list']);
    stops.forEach((stop) => stop());
  });
});
