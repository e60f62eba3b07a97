/** What this one screen has open: theme, selected thing and alarm, layers, dialogs, the last announcement. */
import { type Layer, layers } from '../lib/layers';

/** About one thing, or a new one. */
export type ThingDialog = 'edit' | 'calibrated' | 'new' | 'remove' | 'credentials' | 'changes' | 'photo';
export type Dialog =
  | 'help' | 'search' | 'comment' | 'claim' | 'shelve' | 'assign' | 'service' | 'history' | 'all' | 'exercise' | 'sure' | 'views' | 'operator' | 'camera-export' | 'camera-unmask' | 'camera-reason' | ThingDialog | null;

class Ui {
  theme: 'dark' | 'light' = $state('dark');
  /** Single-key shortcuts can be switched off (WCAG 2.1.4). */
  singleKeys = $state(true);
  thing: number | null = $state(null);
  alarm: number | null = $state(null);
  pinned: number | null = $state(null);
  /** On narrow screens the drawer covers the map: only when it was asked for. */
  drawer = $state(false);
  dialog: Dialog = $state(null);
  shown: Record<Layer, boolean> = $state(Object.fromEntries(layers.map((layer) => [layer, true])) as Record<Layer, boolean>);
  /** Said by screen readers, politely, and shown below the tray's head. */
  announcement = $state('');
  /** A thing the map should move to, with a turn so that the same one can be asked for twice. */
  flyTo: { thing: number; turn: number } | null = $state.raw(null);

  private hush: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    this.setTheme(localStorage.getItem('qala.theme') === 'light' ? 'light' : 'dark');
    this.singleKeys = localStorage.getItem('qala.keys') !== 'off';
    this.pinned = Number(localStorage.getItem('qala.pinned')) || null;
    if (new URLSearchParams(location.search).has('grey')) document.documentElement.classList.add('grey');
  }
  /** Of this page only: a wall's theme is in its address. */
  useTheme(theme: 'dark' | 'light'): void {
    this.theme = theme;
    document.documentElement.dataset['theme'] = theme;
  }
  setTheme(theme: 'dark' | 'light'): void {
    this.useTheme(theme);
    localStorage.setItem('qala.theme', theme);
  }
  setSingleKeys(on: boolean): void {
    this.singleKeys = on;
    localStorage.setItem('qala.keys', on ? 'on' : 'off');
  }
  pin(thing: number | null): void {
    this.pinned = thing;
    localStorage.setItem('qala.pinned', String(thing ?? ''));
  }
  select(thing: number | null, alarm: number | null = null): void {
    this.thing = thing;
    this.alarm = alarm;
  }
  /** A part of the town that the map should show. */
  flyBox: { box: [[number, number], [number, number]]; turn: number } | null = $state.raw(null);
  showBox(box: [[number, number], [number, number]]): void {
    this.flyBox = { box, turn: (this.flyBox?.turn ?? 0) + 1 };
    this.flyTo = null;
  }
  showOnMap(thing: number): void {
    this.flyBox = null;
    this.flyTo = { thing, turn: (this.flyTo?.turn ?? 0) + 1 };
  }
  /** The dialog has done what it was for. */
  close(said: string): void {
    this.dialog = null;
    this.announce(said);
  }
  announce(text: string): void {
    this.announcement = '';
    clearTimeout(this.hush);
    queueMicrotask(() => (this.announcement = text));
    this.hush = setTimeout(() => (this.announcement = ''), 6_000);
  }
}
export const ui = new Ui();
