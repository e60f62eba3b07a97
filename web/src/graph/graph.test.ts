import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from '../api/api';
import type { ObservationRow } from '../api/types';
import { useZone } from '../i18n/dates';
import { flag } from '../lib/trust';
import type { Stream } from '../stores/town.svelte';
import { values } from '../stores/values.svelte';
import { day, fromBuckets, fromObservations, hour, join, minute, resolution, usualStep } from './data';
import { Days } from './days.svelte';
import { inUnit, since } from './limits';
import { Curves } from './load.svelte';
import { spreadEnds, timeTicks, valueRange, valueTicks } from './ticks';

describe('resolution', () => {
  it('takes every reading where there are few', () => expect(resolution(day, 10 * minute).unit).toBe('raw'));
  it('takes buckets where there are many', () => {
    expect(resolution(365 * day, 10 * minute)).toMatchObject({ unit: 'day', count: 1 });
    expect(resolution(7 * day, minute)).toMatchObject({ unit: 'minute', count: 30 });
  });
});

describe('gaps', () => {
  it('stay gaps: nothing is drawn over three missed intervals', () => {
    const rows = [0, 1, 2, 9, 10].map((n): [number, number, number] => [n * minute, n, 0]);
    const curve = fromObservations(rows, minute);
    expect(curve.gaps).toEqual([[2 * minute, 9 * minute]]);
    expect(curve.y).toEqual([0, 1, 2, null, 9, 10]);
  });
  it('are no gaps after one missed reading', () => {
    const rows = [0, 1, 3].map((n): [number, number, number] => [n * minute, n, 0]);
    expect(fromObservations(rows, minute).gaps).toEqual([]);
  });
  it('are found between buckets', () => {
    const step = { unit: 'hour', count: 1, ms: hour } as const;
    const curve = fromBuckets([[0, 1, 0, 2, 6, 1], [hour, 1, 0, 2, 6, 1], [8 * hour, 3, 2, 4, 6, 3]], step, 0, 1e12);
    expect(curve.gaps).toHaveLength(1);
    expect(curve.hi).toEqual([2, 2, null, 4]);
  });
});

describe('readings that failed a check', () => {
  it('are shown but are no part of the line', () => {
    const curve = fromObservations([[0, 20, 0], [minute, 112, flag.outOfRange], [2 * minute, 21, 0]], minute);
    expect(curve.y).toEqual([20, 21]);
    expect(curve.rejected).toEqual([[minute, 112]]);
  });
});

describe('curves over a window', () => {
  const stream = { id: 7, interval_ms: minute } as Stream;
  const rows = [0, 1, 2].map((n): ObservationRow => [n * minute, n, 0]);
  const answer = (fails: boolean) =>
    vi.spyOn(api, 'observations').mockImplementation(() => (fails ? Promise.reject(new Error('gone')) : Promise.resolve({ values: rows, more: false, next: null } as never)));
  const loaded = async (curves: Curves, range: [number, number], streams = [stream]): Promise<void> => {
    curves.load(streams, range, true);
    await vi.waitFor(() => expect(curves.loading).toBe(false), { timeout: 20_000 });
  };
  afterEach(() => vi.restoreAllMocks());
  it('that could not be loaded are not those of the window before', async () => {
    const curves = new Curves();
    answer(false);
    await loaded(curves, [0, hour]);
    expect(curves.lacks([stream], [0, hour])).toBe(false);
    answer(true);
    await loaded(curves, [-hour, 0]);
    expect(curves.lacks([stream], [-hour, 0])).toBe(true);
    expect(curves.lacks([stream], [-hour, hour])).toBe(true);
    expect(curves.lacks([stream], [minute, hour + minute])).toBe(false);
    expect(curves.lacks([stream, { id: 8 } as Stream], [0, hour])).toBe(true);
    answer(false);
    await loaded(curves, [-hour, 0]);
    expect(curves.lacks([stream], [-hour, 0])).toBe(false);
  });
  it('go on with what comes, over no silence and without what failed a check', async () => {
    const curves = new Curves();
    answer(false);
    await loaded(curves, [0, hour]);
    const comes = (n: number, value: number, flags = 0): void => {
      vi.spyOn(values, 'peek').mockReturnValue({ at: n * minute, value, flags });
      curves.follow([stream]);
      curves.follow([stream]);
    };
    comes(3, 3);
    expect(curves.map.get(7)).toMatchObject({ y: [0, 1, 2, 3], gaps: [] });
    comes(4, 999, flag.outOfRange);
    comes(5, 5);
    expect(curves.map.get(7)).toMatchObject({ y: [0, 1, 2, 3, 5], rejected: [[4 * minute, 999]] });
    comes(120, 6);
    expect(curves.map.get(7)).toMatchObject({ y: [0, 1, 2, 3, 5, null, 6], lo: [0, 1, 2, 3, 5, null, 6], gaps: [[5 * minute, 120 * minute]] });
    expect(curves.map.get(7)?.t.slice(-3)).toEqual([5 * minute, 5 * minute + 1, 120 * minute]);
  });
});

describe('axes', () => {
  it('mark round values', () => {
    expect(valueTicks(0, 247, 5)).toEqual([0, 50, 100, 150, 200]);
    expect(valueTicks(-30.5, -9, 3)).toEqual([-30, -20, -10]);
  });
  it('always hold the limit', () => expect(valueRange(20, 60, [160], true)[1]).toBeGreaterThan(160));
  it('mark whole hours of the town', () => {
    useZone('Asia/Almaty', 300, Date.UTC(2026, 0, 17));
    const from = Date.UTC(2026, 0, 17, 3, 20);
    expect(timeTicks(from, from + 6 * hour, 700).every((t) => t % hour === 0)).toBe(true);
  });
});

describe('curves of different times', () => {
  it('share one axis', () => {
    const joined = join([{ t: [1, 3], columns: [[10, 30]] }, { t: [2, 3], columns: [[20, 31]] }]);
    expect(joined.t).toEqual([1, 2, 3]);
    expect(joined.columns).toEqual([[10, undefined, 30], [undefined, 20, 31]]);
  });
});

describe('limits', () => {
  it('of the night or the heating season colour nothing but what their open alarm speaks of', () => {
    expect(since('always', undefined)).toBe(-Infinity);
    expect(since('night', undefined)).toBe(Infinity);
    expect(since('heating_season', { condition: 'active', raised: 7 })).toBe(7);
    expect(since('heating_season', { condition: 'cleared', raised: 7 })).toBe(Infinity);
  });
  it('are put into the unit of the datastream', () => {
    expect(inUnit(5000, 'µg/m³', 'mg/m³')).toBe(5);
    expect(inUnit(5, 'mg/m³', 'mg/m³')).toBe(5);
    expect(inUnit(5, '°C', 'bar')).toBeNull();
  });
});

it('the usual step is the median, not spoilt by a gap', () => expect(usualStep([0, 10, 20, 30, 500])).toBe(10));

describe('names at the ends of lines', () => {
  it('keep the order of their lines, apart from each other', () => {
    expect(spreadEnds([50, 52, 10], 14, 200)).toEqual([50, 64, 10]);
    expect(spreadEnds([198, 190], 14, 200)).toEqual([200, 186]);
  });
});

describe('the days of a year', () => {
  const of = (value: number) => ({ buckets: [[0, value, value, value, 1, 1]] }) as never;
  const values = (days: Days): number[] => days.rows.map(([, mean]) => mean);
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  it('are those of the datastream that is looked at, not of the one before', async () => {
    const open: ((answer: never) => void)[] = [];
    vi.spyOn(api, 'buckets').mockImplementation(() => new Promise((resolve) => open.push(resolve)));
    const days = new Days();
    const end = days.load(7, 0, day);
    end();
    const last = days.load(8, 0, day);
    open[1]!(of(8));
    await vi.advanceTimersByTimeAsync(0);
    open[0]!(of(7));
    await vi.advanceTimersByTimeAsync(0);
    expect(values(days)).toEqual([8]);
    last();
    days.load(9, 0, day)();
    expect(values(days)).toEqual([]);
  });
  it('are asked for again after a failure, as long as somebody looks', async () => {
    const asked = vi.spyOn(api, 'buckets').mockRejectedValue(new Error('gone'));
    const days = new Days();
    const end = days.load(7, 0, day);
    await vi.advanceTimersByTimeAsync(1_000);
    asked.mockResolvedValue(of(7));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(values(days)).toEqual([7]);
    asked.mockClear();
    asked.mockRejectedValue(new Error('gone'));
    end();
    const last = days.load(8, 0, day);
    await vi.advanceTimersByTimeAsync(0);
    last();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});
