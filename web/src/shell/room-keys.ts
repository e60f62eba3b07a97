/** Keys that work on every page. */
import type { Keys } from '../keys/keys';
import { languages, t } from '../i18n/i18n.svelte';
import { layers } from '../lib/layers';
import { unsaved } from '../lib/unsaved.svelte';
import { router } from '../stores/router.svelte';
import { session, setLanguage } from '../stores/session.svelte';
import { ui } from '../stores/ui.svelte';
import { openPages, pages } from './pages';

/** Moves the focus to the next panel; panels carry data-panel and take the focus themselves or pass it on. */
function nextPanel(step: 1 | -1): void {
  const panels = [...document.querySelectorAll<HTMLElement>('[data-panel]')].filter((panel) => panel.offsetParent !== null);
  const here = panels.findIndex((panel) => panel.contains(document.activeElement));
  const panel = panels[(here + step + panels.length) % panels.length];
  const inner = panel?.querySelector<HTMLElement>('[aria-selected=true], [role=row][tabindex="0"], canvas, button, a, input');
  (inner ?? panel)?.focus();
}

export const roomKeys: Keys = {
  Slash: () => void (ui.dialog = 'search'),
  'Shift+Slash': () => void (ui.dialog = 'help'),
  KeyV: () => void (ui.dialog = 'views'),
  F1: () => void (ui.dialog = 'help'),
  F6: () => nextPanel(1),
  'Shift+F6': () => nextPanel(-1),
  'Shift+KeyE': () => (session.may('operator') ? void (ui.dialog = 'exercise') : ui.announce(t('alarm.notAllowed'))),
  Escape: () => {
    if (ui.dialog) ui.dialog = null;
    else router.back();
  },
  'Alt+Digit0': () => ui.setTheme(ui.theme === 'dark' ? 'light' : 'dark'),
};
for (const { page, digit } of pages) {
  roomKeys[`Digit${digit}`] = () => {
    if (!openPages().some((one) => one.page === page)) ui.announce(t('right.adminOnly'));
    else if (!unsaved.keeps()) router.go(page);
  };
}
layers.forEach((layer, place) => {
  roomKeys[`Shift+Digit${place + 1}`] = () => void (ui.shown[layer] = !ui.shown[layer]);
});
languages.forEach((language, place) => {
  roomKeys[`Alt+Digit${place + 1}`] = () => setLanguage(language);
});
