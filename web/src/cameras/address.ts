/**
 * What the cameras' page shows is its address: the wall (which tiles, in which order), cameras that are looked at closely
 * (now, or a second of the past), masks, the form, the looks. Times are the town's own. Pure.
 */
import { instantOf, localName } from '../i18n/dates';

export const sizes = [1, 4, 9, 16, 36] as const;
export type Size = (typeof sizes)[number];
export type View = 'wall' | 'look' | 'masks' | 'edit' | 'add' | 'looks';
const views: readonly View[] = ['wall', 'look', 'masks', 'edit', 'add', 'looks'];
/** In step at once. */
export const mostInStep = 9;

export interface Shown {
  view: View;
  size: Size;
  /** Which tiles of a wall that has more than fit. */
  page: number;
  group: string | null;
  zone: number | null;
  text: string;
  /** Cameras of the wall that stand first, in this order. */
  order: number[];
  /** Cameras that are looked at, masked or changed. */
  cameras: number[];
  /** A moment of the past; null: now. */
  at: number | null;
  /** Of the looks: "2026-01". */
  month: string | null;
}
export const start: Shown = { view: 'wall', size: 9, page: 0, group: null, zone: null, text: '', order: [], cameras: [], at: null, month: null };

const ids = (text: string | null): number[] => [...new Set((text ?? '').split(',').filter((part) => /^\d{1,9}$/.test(part)).map(Number))].filter((id) => id > 0);

export function read(query: string): Shown {
  const asked = new URLSearchParams(query);
  const size = sizes.find((one) => one === Number(asked.get('size'))) ?? start.size;
  const cameras = ids(asked.get('c'));
  const wanted = views.find((view) => view === asked.get('view')) ?? 'wall';
  const needs = wanted === 'look' || wanted === 'masks' || wanted === 'edit';
  const at = instantOf(asked.get('at') ?? '');
  const month = asked.get('month');
  return {
    view: needs && cameras.length === 0 ? 'wall' : wanted,
    size,
    page: Math.max(0, Math.min(99, Math.trunc(Number(asked.get('page')) || 0))),
    group: asked.get('group') || null,
    zone: ids(asked.get('zone'))[0] ?? null,
    text: (asked.get('q') ?? '').slice(0, 60),
    order: ids(asked.get('order')),
    cameras: cameras.slice(0, mostInStep),
    at: wanted === 'look' ? at : null,
    month: month && /^\d{4}-(0[1-9]|1[0-2])$/.test(month) ? month : null,
  };
}
export function write(shown: Shown): string {
  const out = new URLSearchParams();
  if (shown.view !== 'wall') out.set('view', shown.view);
  if (shown.cameras.length && shown.view !== 'wall' && shown.view !== 'looks' && shown.view !== 'add') out.set('c', shown.cameras.join(','));
  if (shown.at !== null && shown.view === 'look') out.set('at', localName(Math.round(shown.at / 1000) * 1000));
  if (shown.month && shown.view === 'looks') out.set('month', shown.month);
  if (shown.size !== start.size) out.set('size', String(shown.size));
  if (shown.page) out.set('page', String(shown.page));
  if (shown.group) out.set('group', shown.group);
  if (shown.zone) out.set('zone', String(shown.zone));
  if (shown.text) out.set('q', shown.text);
  if (shown.order.length) out.set('order', shown.order.join(','));
  return out.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
}
/** The address that shows these cameras, from a moment on. */
export function lookAddress(cameras: readonly number[], at: number | null = null): string {
  return `/control/cameras?${write({ ...start, view: 'look', cameras: cameras.slice(0, mostInStep), at })}`;
}
/** Those named first in their order, then the rest as they come. */
export function inOrder<T extends { id: number }>(list: readonly T[], order: readonly number[]): T[] {
  const place = new Map(order.map((id, at) => [id, at]));
  return [...list].sort((a, b) => (place.get(a.id) ?? Infinity) - (place.get(b.id) ?? Infinity) || 0);
}
/** One step to the left or the right; what was not in the order before is named up to there. */
export function shifted(shown: readonly number[], id: number, by: 1 | -1): number[] {
  const at = shown.indexOf(id);
  const to = at + by;
  if (at < 0 || to < 0 || to >= shown.length) return [...shown];
  const next = [...shown];
  [next[at], next[to]] = [next[to]!, next[at]!];
  return next;
}
/** Arrow keys over tiles in rows. */
export function stepTile(at: number, code: string, columns: number, count: number): number {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[code] ?? 0;
  const to = at + by;
  return to < 0 || to >= count ? at : to;
}
