import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alarm, Thing, UsualAnswer } from '../api/types';
import { useZone } from '../i18n/dates';
import { endedSince, lanesOf } from './day-lanes';
import { town, type Registry } from '../stores/town.svelte';
import { gapsOf, linesOf, standingOf } from './lines';
import { questionOf, type Scene } from './questions';
import { layout, silentOf } from './silent';

const minute = 60_000;
const answer = (now: (number | null)[], change: Partial<UsualAnswer> = {}): UsualAnswer => ({
  datastreams: 3, minutes: 10, zone: 'Asia/Almaty', days: 20, times: now.map((_, at) => at * 10 * minute), now,
  yesterday: now.map(() => 4), week: now.map(() => 5), low: now.map(() => 2), high: now.map(() => 8), ...change,
});
beforeEach(() => useZone('Asia/Almaty', 300, 0));
afterEach(() => vi.unstubAllGlobals());

describe('the line of a field', () => {
  it('is drawn in the middle of its steps, the running one not beyond the present', () => {
    expect(linesOf(answer([1, 2, 3]), 1, false, 22 * minute).today.t).toEqual([5 * minute, 15 * minute, 22 * minute]);
  });
  it('is counted in the unit of the panel', () => expect(linesOf(answer([3_400_000]), 1e-6, false, minute).today.y[0]).toBeCloseTo(3.4));
  it('bridges no gap, and tells a gap from a missed step', () => {
    const times = [0, 1, 2, 3, 4, 5].map((n) => n * minute);
    expect(gapsOf(times, [1, null, 2, null, null, null], 9 * minute)).toEqual([[3 * minute, 9 * minute]]);
  });
  it('says of lamps that they are off by day, and has no figure then', () => {
    const lines = linesOf(answer([99, 1, 0, 2, 99], { low: [97, 0, 0, 0, 97], high: [100, 90, 0, 0, 100] }), 1, true, 60 * minute);
    expect(lines.today.y).toEqual([99, null, null, null, 99]);
    expect(lines.today.gaps).toEqual([[10 * minute, 40 * minute]]);
    expect(lines.reason).toBe('off');
    expect(lines.today.lo).toEqual([97, null, null, null, 97]);
  });
});

describe('what is usual', () => {
  it('is judged at the newest value, not at a step that is still empty', () => {
    expect(standingOf(linesOf(answer([5, 9, null]), 1, false, 30 * minute)).where).toBe('above');
    expect(standingOf(linesOf(answer([5, 1, null]), 1, false, 30 * minute)).where).toBe('below');
    expect(standingOf(linesOf(answer([9, 5]), 1, false, 30 * minute)).usual).toEqual([2, 8]);
  });
  it('is unknown where too few days are known', () => {
    const nothing = [null, null];
    expect(standingOf(linesOf(answer([5, 9], { low: nothing, high: nothing }), 1, false, 30 * minute)).where).toBe('unknown');
  });
  it('names the highest and the lowest of the day', () => {
    const { highest, lowest } = standingOf(linesOf(answer([5, 9, 3]), 1, false, 30 * minute));
    expect([highest?.value, lowest?.value]).toEqual([9, 3]);
  });
});

describe('which line stands for a field', () => {
  const counter = (id: number, key: string) => ({ id, interval_ms: minute, info: { key } });
  const things = [
    { id: 1, kind: 'traffic_counter', layer: 'traffic', datastreams: [counter(11, 'vehicle_count')] },
    { id: 2, kind: 'traffic_counter', layer: 'traffic', datastreams: [counter(12, 'vehicle_count')] },
    { id: 3, kind: 'traffic_counter', layer: 'traffic', datastreams: [counter(13, 'vehicle_count')] },
    { id: 4, kind: 'air_station', layer: 'air', datastreams: [counter(14, 'pm2_5')] },
    { id: 5, kind: 'air_station', layer: 'air', datastreams: [counter(15, 'pm2_5')] },
  ];
  beforeEach(() => {
    const streams = things.flatMap(({ datastreams }) => datastreams);
    town.registry = { things, streams: new Map(streams.map((one) => [one.id, one])) } as unknown as Registry;
  });
  const said: Record<number, [number, number]> = { 11: [100, 900], 12: [599, 20], 13: [599, 50], 14: [100, 300], 15: [599, 12] };
  const scene = (busiest: number[]) => ({
    registry: town.registry, worst: new Map(), now: 600 * minute, busiest,
    peek: (id: number) => said[id] && { at: said[id][0] * minute, value: said[id][1], flags: 0 },
  }) as unknown as Scene;
  it('is the busiest road of the last days that still speaks', () => {
    expect(questionOf('traffic', scene([11, 12, 13]))?.stream?.id).toBe(12);
    expect(questionOf('traffic', scene([]))?.stream?.id).toBe(13);
  });
  it('is the worst air of now, not what a silent station said last', () => expect(questionOf('air', scene([]))?.stream?.id).toBe(15));
});

describe('silent devices', () => {
  const thing = { id: 1, datastreams: [{ id: 1, interval_ms: minute }, { id: 2, interval_ms: minute }] } as Parameters<typeof silentOf>[0];
  const said = (at: number) => (id: number) => (id === 2 ? { at, value: 1, flags: 0 } : undefined);
  it('are those of which no datastream speaks', () => {
    expect(silentOf(thing, 10 * minute, said(9 * minute))).toBe(false);
    expect(silentOf(thing, 10 * minute, said(2 * minute))).toBe(true);
  });
  it.each([[400, 230], [300, 200], [440, 300]])('all fit into %i × %i pixels', (width, height) => {
    const counts = [1306, 1126, 214, 150, 216];
    const room = layout(counts, width, height, 19);
    const last = room.tops.at(-1)! + Math.ceil(counts.at(-1)! / room.columns) * room.line;
    expect(last).toBeLessThanOrEqual(height);
    expect(room.columns * room.pitch).toBeLessThanOrEqual(width);
    expect(room.pitch).toBeGreaterThan(2);
  });
});

describe('the day of alarms', () => {
  const alarm = (change: Partial<Alarm>): Alarm => ({ id: 1, severity: 2, raised: 0, cleared: null, thing: 1, ...change }) as Alarm;
  const thing = { key: 'F-12', name: 'F-12', kind: 'feeder' } as Thing;
  it('has a lane for each severity and runs on to the present', () => {
    const [one] = lanesOf([alarm({ raised: 50 })], [0, 100], 80, 1000, 1, () => thing);
    expect(one).toMatchObject({ lane: 1, from: 500, to: 800, label: 'F-12' });
  });
  it('names nothing where the name would cover another', () => {
    const placed = lanesOf([alarm({ id: 1, raised: 50 }), alarm({ id: 2, raised: 51 })], [0, 100], 80, 1000, 1, () => thing);
    expect(placed.map(({ label }) => label)).toEqual(['F-12', '']);
  });
  it('asks for what ended since its beginning, not for the most severe of all years', async () => {
    const asked: URLSearchParams[] = [];
    vi.stubGlobal('fetch', (path: string) => {
      asked.push(new URLSearchParams(path.split('?')[1]));
      return Promise.resolve(new Response(JSON.stringify({ alarms: [alarm({ cleared: 9 })] })));
    });
    expect(await endedSince(7)).toMatchObject([{ cleared: 9 }]);
    expect([asked[0]?.get('state'), asked[0]?.get('since')]).toEqual(['closed', '7']);
  });
});
