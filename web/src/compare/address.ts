/**
 * A comparison is its address: which datastreams, which window, which earlier periods are laid over it. Times are the
 * town's own ("2026-01-17T19:40"), so that a person can read and change them. Pure.
 */
import { localName, instantOf } from '../i18n/dates';
import { presets, type Preset } from '../graph/view.svelte';

export const most = 8;
export interface Comparison {
  /** Datastreams. */
  streams: number[];
  /** A named window that ends now, or a fixed one. */
  preset: Preset | null;
  window: [number, number] | null;
  /** Periods so many days earlier, laid over the window. */
  back: number[];
  difference: boolean;
  table: boolean;
}
export const nothing: Comparison = { streams: [], preset: 'h24', window: null, back: [], difference: true, table: false };

const whole = (text: string): number[] => text.split(',').filter((part) => /^\d{1,10}$/.test(part)).map(Number);

export function read(query: string): Comparison {
  const asked = new URLSearchParams(query);
  const streams = [...new Set(whole(asked.get('s') ?? ''))].filter((id) => id > 0).slice(0, most);
  const preset = presets.find(({ key }) => key === asked.get('r'))?.key ?? null;
  const [from, to] = [instantOf(asked.get('from') ?? ''), instantOf(asked.get('to') ?? '')];
  const window: [number, number] | null = !preset && from !== null && to !== null && to - from >= 60_000 ? [from, to] : null;
  const back = [...new Set(whole(asked.get('back') ?? ''))].filter((days) => days >= 1 && days <= 4000).slice(0, 3);
  return { streams, preset: window ? null : (preset ?? 'h24'), window, back, difference: asked.get('d') !== '0', table: asked.get('t') === '1' };
}
export function write(comparison: Comparison): string {
  const { streams, preset, window, back, difference, table } = comparison;
  const out = new URLSearchParams();
  if (streams.length) out.set('s', streams.join(','));
  if (window) {
    out.set('from', localName(window[0]));
    out.set('to', localName(window[1]));
  } else out.set('r', preset ?? 'h24');
  if (back.length) out.set('back', back.join(','));
  if (!difference) out.set('d', '0');
  if (table) out.set('t', '1');
  return out.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
}
