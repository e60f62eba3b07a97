/**
 * What a wall shows is in its address: /control/wall?layout=town,alarms&screen=2&lang=kk&theme=dark#token=…
 * `layout` may name one layout a screen; `screen` picks from it. A token stands behind #, which browsers do not send.
 */
import type { Language } from '../api/types';

export const layouts = ['town', 'map', 'alarms', 'fields'] as const;
export type Layout = (typeof layouts)[number];
export interface WallAddress {
  layout: Layout;
  screen: number;
  language: Language | null;
  theme: 'dark' | 'light';
  token: string | null;
}

export function readAddress(search: string, hash: string): WallAddress {
  const query = new URLSearchParams(search);
  const named = (query.get('layout') ?? '').split(',').flatMap((name) => layouts.find((layout) => layout === name.trim()) ?? []);
  const screen = Math.max(1, Math.trunc(Number(query.get('screen'))) || 1);
  const language = query.get('lang');
  return {
    layout: named[(screen - 1) % Math.max(1, named.length)] ?? 'town',
    screen,
    language: language === 'kk' || language === 'ru' || language === 'en' ? language : null,
    theme: query.get('theme') === 'light' ? 'light' : 'dark',
    token: new URLSearchParams(hash.replace(/^#/, '')).get('token') || null,
  };
}
