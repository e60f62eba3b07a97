/**
 * A wall has nobody to press a key. It loads itself anew when the server hands out other screens than these, when a
 * piece of them cannot be loaded, or when the map's drawing is lost; never before the server answers. At a desk, where
 * something may be typed, a button does it.
 */
import { pageScript } from '../api/api';

let going = false;
const again = 3_000;

/** Loads the page anew as soon as the server has one to give. */
export async function reloadWhenThere(): Promise<void> {
  if (going) return;
  going = true;
  while ((await pageScript()) === null) await new Promise((wake) => setTimeout(wake, again));
  location.reload();
}
/** Asked after each connection: has the server other screens than these? False while it does not say. */
export async function outOfDate(): Promise<boolean> {
  const there = await pageScript();
  const here = [...document.scripts].map(({ src }) => new URL(src, location.href).pathname);
  return there !== null && !here.includes(there);
}
export async function reloadIfOutOfDate(): Promise<void> {
  if (await outOfDate()) await reloadWhenThere();
}
export function startHealing(): () => void {
  const heal = (): void => void reloadWhenThere();
  addEventListener('vite:preloadError', heal);
  document.addEventListener('webglcontextlost', heal, true);
  return () => {
    removeEventListener('vite:preloadError', heal);
    document.removeEventListener('webglcontextlost', heal, true);
  };
}
