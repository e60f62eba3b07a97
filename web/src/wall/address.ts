/**
 * What a wall shows is in its address: /control/wall?layout=town,alarms&screen=2&lang=kk&theme=dark#token=…
 * /control/wall?cameras=3,7,9&follow=alarms shows cameras.
 * `layout` may name one layout a screen; `screen` picks from it. A token stands behind #, which browsers do not send.
 */
import type { Language } from '../api/types';

export const layouts = ['town', 'map', 'alarms', 'fields', 'cameras'] as const;
export type Layout = (typeof layouts)[number];
export interface WallAddress {
  layout: Layout;
  screen: number;
  language: Language | null;
  theme: 'dark' | 'light';
  token: string | null;
  /** Of the layout "cameras": which, in this order; none: all there are. */
  cameras: number[];
  /** Those that see the worst unanswered alarm come to the front. */
  follow: boolean;
}

export function readAddress(search: string, hash: string): WallAddress {
  const query = new URLSearchParams(search);
  const named = (query.get('layout') ?? '').split(',').flatMap((name) => layouts.find((layout) => layout === name.trim()) ?? []);
  const screen = Math.max(1, Math.trunc(Number(query.get('screen'))) || 1);
  const language = query.get('lang');
  return {
    layout: named[(screen - 1) % Math.max(1, named.length)] ?? (query.has('cameras') || query.has('follow') ? 'cameras' : 'town'),
    screen,
    language: language === 'kk' || language === 'ru' || language === 'en' ? language : null,
    theme: query.get('theme') === 'light' ? 'light' : 'dark',
    cameras: (query.get('cameras') ?? '').split(',').map(Number).filter((id) => Number.isInteger(id) && id > 0),
    follow: query.get('follow') === 'alarms',
    token: new URLSearchParams(hash.replace(/^#/, '')).get('token') || null,
  };
}
