import { afterEach, describe, expect, it, vi } from 'vitest';
import { startKeys, useKeys } from './keys';

function listen(): (code: string) => void {
  let handler: ((event: unknown) => void) | undefined;
  vi.stubGlobal('HTMLElement', class {});
  vi.stubGlobal('addEventListener', (_: string, given: (event: unknown) => void) => (handler = given));
  startKeys();
  return (code) => handler?.({ code, altKey: false, shiftKey: true, target: null, preventDefault: () => undefined });
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
  it('go to the last that asked, unless it passes them on', () => {
    const [press, got] = [listen(), [] as string[]];
    const stops = [useKeys({ 'Shift+KeyA': () => void got.push('list') }), useKeys({ 'Shift+KeyA': () => (got.push('drawer'), false) })];
    press('KeyA');
    expect(got).toEqual(['drawer', 'list']);
    stops.forEach((stop) => stop());
  });
});
