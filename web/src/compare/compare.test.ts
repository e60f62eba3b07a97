import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from '../api/api';
import { instantOf, isoLocal, localName, offsetAt, useZone } from '../i18n/dates';
import { withGaps } from '../graph/data';
import { most, nothing, read, write } from './address';
import { difference, earlier, moved, sameClock, type Sample } from './align';
import { csvOf, figuresOf, quantile } from './figures';
import type { Stream } from '../stores/town.svelte';
import { gridOf, Lines } from './lines.svelte';

const hour = 3_600_000;
const day = 24 * hour;
const at = (iso: string): number => Date.parse(iso);
const sample = (t: number, y: number, n = 6): Sample => ({ t, y, lo: y - 1, hi: y + 1, n });

beforeEach(() => useZone('Asia/Almaty', 300, Date.UTC(2026, 0, 17)));

describe('a comparison', () => {
  it('is its address, and comes back from it', () => {
    const whole = { streams: [12, 7], preset: null, window: [at('2026-01-01T00:00+05:00'), at('2026-02-01T00:00+05:00')] as [number, number], back: [365, 7], difference: false, table: true };
    expect(write(whole)).toBe('s=12,7&from=2026-01-01T00:00&to=2026-02-01T00:00&back=365,7&d=0&t=1');
    expect(read(write(whole))).toEqual(whole);
    expect(read(write({ ...nothing, streams: [3], preset: 'd7' }))).toEqual({ ...nothing, streams: [3], preset: 'd7' });
  });
  it('takes no nonsense: eight datastreams and three periods at most, each once', () => {
    const found = read(`s=${Array.from({ length: 20 }, (_, n) => n + 1).join()},1,x,-4&back=7,7,0,99999,1,2,3&r=never&from=2026-13-40&to=now`);
    expect(found.streams).toHaveLength(most);
    expect(found.back).toEqual([7, 1, 2]);
    expect([found.preset, found.window]).toEqual(['h24', null]);
    expect(read('from=2026-01-02&to=2026-01-01').window).toBeNull();
  });
});

describe('the same time of the clock', () => {
  it('is 24 hours apart on ordinary days', () => expect(sameClock(at('2026-01-17T07:00+05:00'), -1)).toEqual([at('2026-01-16T07:00+05:00')]));
  it('is an hour more apart over the day of 25 hours', () => {
    expect(offsetAt(at('2024-02-29T12:00Z'))).toBe(360);
    expect(offsetAt(at('2024-03-01T12:00Z'))).toBe(300);
    // From 07:00 on 1 March back to 07:00 on 29 February there are 25 hours.
    expect(at('2024-03-01T07:00+05:00') - sameClock(at('2024-03-01T07:00+05:00'), -1)[0]!).toBe(25 * hour);
  });
  it('comes twice in an hour that was there twice', () => {
    // Clocks went back from 00:00 on 1 March to 23:00 on 29 February.
    expect(sameClock(at('2024-02-28T23:30+06:00'), 1)).toEqual([at('2024-02-29T23:30+06:00'), at('2024-02-29T23:30+05:00')]);
  });
  it('does not come in an hour that was left out', () => {
    useZone('Europe/Berlin', 60, Date.UTC(2026, 0, 17));
    expect(sameClock(at('2026-03-28T02:30+01:00'), 1)).toEqual([]);
    expect(sameClock(at('2026-03-28T03:30+01:00'), 1)).toEqual([at('2026-03-29T03:30+02:00')]);
  });
  it('moves whole windows', () => expect(earlier([at('2024-03-01T00:00+05:00'), at('2024-03-02T00:00+05:00')], 1)).toEqual([at('2024-02-29T00:00+06:00'), at('2024-03-01T00:00+05:00')]));
});

describe('a period laid over another', () => {
  it('stands at the hours of the clock, two of one hour as their mean', () => {
    const twice = [sample(at('2024-02-29T23:00+06:00'), 10), sample(at('2024-02-29T23:00+05:00'), 30), sample(at('2024-02-29T22:00+06:00'), 5)];
    expect(moved(twice, 1).map(({ t, y }) => [t, y])).toEqual([[at('2024-03-01T22:00+05:00'), 5], [at('2024-03-01T23:00+05:00'), 20]]);
  });
  it('weighs by how many readings there were', () => {
    const twice = [sample(at('2024-02-29T23:00+06:00'), 10, 3), sample(at('2024-02-29T23:00+05:00'), 30, 1)];
    expect(moved(twice, 1)[0]).toMatchObject({ y: 15, lo: 9, hi: 31, n: 4 });
  });
});

describe('the difference', () => {
  const curve = (points: [number, number][]) => withGaps(points.map(([t, y]) => ({ t, y, lo: y, hi: y })), hour, { unit: 'hour', count: 1, ms: hour });
  it('is there where both are, and a gap where one is not', () => {
    const { t, y } = difference(curve([[0, 5], [hour, 7], [2 * hour, 9]]), curve([[0, 1], [2 * hour, 10]]));
    expect(t).toEqual([0, hour, 2 * hour]);
    expect(y).toEqual([4, null, -1]);
  });
});

describe('figures', () => {
  const row = Array.from({ length: 24 }, (_, n) => sample(n * hour, n < 6 ? 200 : 20));
  it('are those of the readings', () => {
    const found = figuresOf(row, hour, [0, day], day, 600_000, { value: 160, above: true })!;
    expect(found).toMatchObject({ mean: 65, min: 19, max: 201, p95: 200, over: 6, coverage: 1 });
  });
  it('tell how much of the data is there', () => {
    expect(figuresOf(row.slice(0, 12), hour, [0, day], day, 600_000, null)!.coverage).toBe(0.5);
    expect(figuresOf(row.map((one) => ({ ...one, n: 3 })), hour, [0, day], day, 600_000, null)!.coverage).toBe(0.5);
  });
  it('let no full hour make up for an empty one', () => expect(figuresOf(row.slice(0, 12).map((one) => ({ ...one, n: 60 })), hour, [0, day], day, 600_000, null)!.coverage).toBe(0.5));
  it('do not count what has not come yet', () => expect(figuresOf(row.slice(0, 12), hour, [0, day], day / 2, 600_000, null)!.coverage).toBe(1));
  it('do not pretend to know', () => {
    expect(figuresOf(row, hour, [0, day], day, 0, null)).toMatchObject({ over: null, coverage: null });
    expect(figuresOf([], hour, [0, day], day, 600_000, null)).toBeNull();
  });
  it('find the value that 95 in 100 are not above', () => expect(quantile([{ y: 1, n: 90 }, { y: 5, n: 6 }, { y: 9, n: 4 }], 0.95)).toBe(5));
});

describe('the file', () => {
  it('has the time of the town and a column for each line; a gap is empty', () => {
    const text = csvOf(['АБ-4, µg/m³', 'a "b"'], [[sample(at('2026-01-17T19:00+05:00'), 1.5)], [sample(at('2026-01-17T20:00+05:00'), 2)]], isoLocal);
    expect(text.split('\r\n')).toEqual(['time,"АБ-4, µg/m³","a ""b"""', '2026-01-17T19:00:00+05:00,1.5,', '2026-01-17T20:00:00+05:00,,2', '']);
  });
});

describe('times in addresses', () => {
  it('are the town\'s own and come back', () => {
    expect(localName(at('2026-01-17T14:40:00Z'))).toBe('2026-01-17T19:40');
    expect(instantOf('2026-01-17T19:40')).toBe(at('2026-01-17T14:40:00Z'));
    expect(instantOf('2024-02-29')).toBe(at('2024-02-29T00:00+06:00'));
    expect(instantOf('2024-02-29T23:30')).toBe(at('2024-02-29T23:30+06:00'));
    expect(instantOf('tomorrow')).toBeNull();
  });
});

it('lines are drawn on one grid that the slowest can fill', () => {
  const stream = (interval_ms: number) => ({ id: 1, key: 'k', name: 'k', unit: '', thing: 1, info: null, interval_ms });
  expect(gridOf([stream(60_000), stream(600_000)], day)).toMatchObject({ unit: 'minute', count: 10 });
  expect(gridOf([stream(3_600_000)], day)).toMatchObject({ unit: 'hour', count: 1 });
  expect(gridOf([stream(60_000)], 31 * day).ms).toBeGreaterThanOrEqual(hour);
});

describe('lines over a window', () => {
  const [one, two] = [{ id: 7, interval_ms: 600_000 } as Stream, { id: 8, interval_ms: 600_000 } as Stream];
  const week: [number, number] = [23 * day, 30 * day];
  const month: [number, number] = [0, 30 * day];
  const answer = (fails: boolean) =>
    vi.spyOn(api, 'buckets').mockImplementation((_, from) => (fails ? Promise.reject(new Error('gone')) : Promise.resolve({ buckets: [[from, 1, 0, 2, 6, 1]] } as never)));
  const loaded = async (lines: Lines, streams: Stream[], window: [number, number], back: number[]): Promise<void> => {
    lines.load(streams, window, back);
    await vi.waitFor(() => expect(lines.loading).toBe(false), { timeout: 20_000 });
  };
  afterEach(() => vi.restoreAllMocks());
  it('are not those of another window, of fewer datastreams or periods, when those could not be loaded', async () => {
    const lines = new Lines();
    answer(false);
    await loaded(lines, [one], week, []);
    expect(lines.lacks([one], week, [])).toBe(false);
    answer(true);
    await loaded(lines, [one], month, []);
    expect(lines.lacks([one], month, [])).toBe(true);
    expect(lines.lacks([one, two], week, [])).toBe(true);
    expect(lines.lacks([one], week, [7])).toBe(true);
    expect(lines.lacks([one], week, [])).toBe(false);
    answer(false);
    await loaded(lines, [one, two], month, [7]);
    expect(lines.lacks([one, two], month, [7])).toBe(false);
  });
  it('are no figures of a window that is still on its way', async () => {
    const lines = new Lines();
    answer(false);
    await loaded(lines, [one], week, []);
    lines.load([one], month, []);
    expect([lines.over(week), lines.over(month), lines.holds([one], month, [])]).toEqual([true, false, false]);
    await vi.waitFor(() => expect(lines.loading).toBe(false), { timeout: 20_000 });
    expect([lines.over(month), lines.holds([one], month, [])]).toEqual([true, true]);
  });
});
