/** The strip of time below a picture: what lies where, in shares of its width. Pure. */
import type { Mark, Span } from '../api/camera-types';
import { offsetAt } from '../i18n/dates';

export interface Window {
  from: number;
  to: number;
}
export interface Bar {
  left: number;
  width: number;
  motion: boolean;
}
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Ten minutes, an hour, four hours, a day, a week. */
export const spans = [600000, 3600000, 14400000, 86400000, 604800000] as const;
/** What lies behind now: room to see that there is nothing yet. */
const ahead = 0.04;

/** The window of that width in which `at` is seen; with now at its right end where that is possible. */
export function windowFor(at: number, span: number, now: number): Window {
  const end = now + span * ahead;
  if (end - span <= at - span * 0.1) return { from: end - span, to: end };
  return { from: at - span / 2, to: at + span / 2 };
}
/** Moves on only when `at` comes near its edge. */
export function following(window: Window, at: number, now: number): Window {
  const span = window.to - window.from;
  const share = (at - window.from) / span;
  if (share > 0.05 && share < 0.95) return window;
  return windowFor(at, span, now);
}
export function shareOf(window: Window, ms: number): number {
  return (ms - window.from) / (window.to - window.from);
}
export function timeAt(window: Window, share: number): number {
  return window.from + Math.min(1, Math.max(0, share)) * (window.to - window.from);
}
/** The recorded parts, cut to the window. What is thinner than a pixel is still drawn as one. */
export function barsOf(list: readonly Span[], window: Window, width: number): Bar[] {
  const least = width > 0 ? 1 / width : 0;
  const bars: Bar[] = [];
  for (const { from, to, motion } of list) {
    const left = Math.max(0, shareOf(window, from));
    const right = Math.min(1, shareOf(window, to));
    if (right <= 0 || left >= 1 || to <= from) continue;
    const last = bars.at(-1);
    // Pieces of the same kind that touch are one.
    if (last && last.motion === motion && left - (last.left + last.width) <= least * 0.25) last.width = Math.max(last.width, right - last.left);
    else bars.push({ left, width: Math.max(least, right - left), motion });
  }
  return bars;
}
/** A second that is recorded: itself, or the next that is; null if nothing comes. */
export function recordedFrom(list: readonly Span[], at: number): number | null {
  if (recordedAt(list, at)) return at;
  const later = list.filter(({ from }) => from > at).map(({ from }) => from);
  return later.length ? Math.min(...later) : null;
}
/** Marks in the window; those of one place are one, an alarm before movement. */
export function marksOf(list: readonly Mark[], window: Window, width: number): { left: number; mark: Mark; count: number }[] {
  const near = width > 0 ? 6 / width : 0;
  const out: { left: number; mark: Mark; count: number }[] = [];
  for (const mark of [...list].sort((a, b) => a.at - b.at)) {
    const left = shareOf(window, mark.at);
    if (left < 0 || left > 1) continue;
    const last = out.at(-1);
    if (last && left - last.left < near) {
      last.count += 1;
      if (mark.kind === 'alarm' && last.mark.kind !== 'alarm') last.mark = mark;
    } else out.push({ left, mark, count: 1 });
  }
  return out;
}
/** The next mark that is not led up to yet, or the one before: each is looked at from `lead` before it. */
export function stepMark(list: readonly Mark[], at: number, by: 1 | -1, lead: number): Mark | null {
  const begins = (mark: Mark): number => mark.at - lead;
  if (by > 0) return list.find((mark) => begins(mark) > at + 1_000) ?? null;
  return list.findLast((mark) => begins(mark) < at - 2_000) ?? null;
}
/** Is that second recorded? */
export function recordedAt(list: readonly Span[], at: number): boolean {
  return list.some(({ from, to }) => at >= from && at < to);
}
const steps = [minute, 2 * minute, 5 * minute, 10 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 6 * hour, 12 * hour, day] as const;
/** Where times are written: whole steps of the town's clock, no closer than 90 px. */
export function ticksOf(window: Window, width: number): { left: number; at: number }[] {
  const room = Math.max(1, Math.floor(width / 90));
  const span = window.to - window.from;
  const step = steps.find((one) => span / one <= room) ?? day;
  const shift = offsetAt(window.from) * minute;
  const first = Math.ceil((window.from + shift) / step) * step - shift;
  return Array.from({ length: Math.max(0, Math.floor((window.to - first) / step) + 1) }, (_, i) => ({ at: first + i * step, left: shareOf(window, first + i * step) }));
}
/** Arrow keys: a second, with Shift ten; Page: a sixth of what is seen. Null: the key is not ours. */
export function scrubbed(at: number, key: string, shift: boolean, window: Window): number | null {
  const second = shift ? 10_000 : 1_000;
  const page = (window.to - window.from) / 6;
  const by = { ArrowLeft: -second, ArrowRight: second, PageUp: -page, PageDown: page }[key];
  return by === undefined ? null : at + by;
}
/**
 * What a person types as a time: "18:40", "18:40:05", "17.01 18:40", "17.01.2026 18:40:05", "2026-01-17 18:40".
 * Without a day it is the last such time before `now`. Gives the town's own clock as localName() writes it; null: no time.
 */
export function typedTime(text: string, nowLocal: string): string | null {
  const found = /^\s*(?:(\d{4})-(\d{2})-(\d{2})[T\s]+|(\d{1,2})\.(\d{1,2})(?:\.(\d{4}))?\s+)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*$/.exec(text);
  if (!found) return null;
  const [, y1, m1, d1, d2, m2, y2, h, min, s] = found;
  const two = (value: string): string => value.padStart(2, '0');
  if (Number(h) > 23 || Number(min) > 59 || Number(s ?? 0) > 59) return null;
  const time = `${two(h!)}:${min}:${s ?? '00'}`;
  const own = y1 ? `${y1}-${m1}-${d1}` : d2 ? `${y2 ?? nowLocal.slice(0, 4)}-${two(m2!)}-${two(d2)}` : null;
  if (own) return Number.isNaN(Date.parse(`${own}T${time}Z`)) ? null : `${own}T${time}`;
  if (time <= nowLocal.slice(11).padEnd(8, ':00')) return `${nowLocal.slice(0, 10)}T${time}`;
  return `${new Date(Date.parse(`${nowLocal.slice(0, 10)}T12:00Z`) - day).toISOString().slice(0, 10)}T${time}`;
}
