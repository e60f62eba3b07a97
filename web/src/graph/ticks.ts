/** Marks of the axes: round numbers, and round times on the town's own clock. */
import type { Language } from '../api/types';
import { hm, monthYear, offsetAt, shortDate, startOfDay, wall, weekdayDate } from '../i18n/dates';
import { day, hour, minute } from './data';

const steps = [minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 4 * hour, 6 * hour, 12 * hour];

export function timeTicks(from: number, to: number, width: number): number[] {
  const most = Math.max(2, Math.floor(width / 96));
  // Hours are shorter to write than days.
  const step = steps.find((candidate) => (to - from) / candidate <= Math.max(most, Math.floor(width / 62)));
  const ticks: number[] = [];
  if (step) {
    const offset = offsetAt(from) * minute;
    for (let t = Math.ceil((from + offset) / step) * step - offset; t <= to; t += step) ticks.push(t);
    return ticks;
  }
  const days = (to - from) / day;
  if (days / most <= 31) {
    const every = [1, 2, 5, 7, 10, 14, 31].find((n) => days / n <= most) ?? 31;
    let t = startOfDay(from);
    for (let n = 0; t <= to; n += 1, t = startOfDay(t + day + 2 * hour)) if (t >= from && n % every === 0) ticks.push(t);
    return ticks;
  }
  return monthTicks(from, to, Math.ceil(days / 31 / most));
}
export function monthTicks(from: number, to: number, every: number): number[] {
  const ticks: number[] = [];
  const first = wall(from);
  for (let n = 0; ; n += every) {
    const local = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + n, 1);
    const t = local - offsetAt(local) * minute;
    if (t > to) return ticks;
    if (t >= from) ticks.push(t);
  }
}
export function timeLabel(t: number, ticks: readonly number[], language: Language): string {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : hour;
  if (step < day - 2 * hour) return t === startOfDay(t) ? shortDate(t, language, false) : hm(t);
  if (step < 5 * day) return weekdayDate(t, language);
  return step < 26 * day ? shortDate(t, language, false) : monthYear(t, language);
}

export function valueTicks(low: number, high: number, most: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const raw = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 2.5, 5, 10].find((k) => k * power >= raw) ?? 10);
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high + step * 1e-9; n += 1) ticks.push(Number((n * step).toPrecision(12)));
  return ticks;
}

/** What the y axis must hold: the data, the limit, zero where amounts begin at zero; a little air above and below. */
export function valueRange(low: number, high: number, limits: readonly number[], fromZero: boolean): [number, number] {
  let a = Math.min(low, ...limits);
  const b = Math.max(high, ...limits);
  if (!Number.isFinite(a) || !Number.isFinite(b)) return [0, 1];
  if (fromZero && a >= 0) a = 0;
  const air = (b - a || Math.abs(b) || 1) * 0.08;
  return [a === 0 && fromZero ? 0 : a - air, b + air];
}

/** Texts stand in the order of their lines' ends, 14 pixels apart, none below the plot. */
export function spreadEnds(ends: readonly number[], step: number, low: number): number[] {
  const order = ends.map((_, place) => place).sort((a, b) => ends[a]! - ends[b]!);
  const placed = [...ends];
  let before = -Infinity;
  for (const place of order) before = placed[place] = Math.max(placed[place]!, before + step);
  let after = low + step;
  for (const place of order.reverse()) after = placed[place] = Math.min(placed[place]!, after - step);
  return placed;
}
