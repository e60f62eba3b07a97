import { describe, expect, it } from 'vitest';
import { backoff } from '../api/stream';
import type { Alarm } from '../api/types';
import { subject } from '../alarms/subject.svelte';
import { alarms, isOpen, order } from './alarms.svelte';
import { parse } from './router.svelte';
import { indexed } from './town.svelte';
import { ui } from './ui.svelte';

const alarm = (change: Partial<Alarm>): Alarm => ({
  id: 1, rule: 'r', severity: 3, condition: 'active', handling: 'unacknowledged', thing: 1, datastream: null, kind: 'lamp', zone: null, raised: 0,
  cleared: null, acknowledged: null, shelved: null, out_of_service: null, assignee: null, escalated: null, exercise: false, open: true, value: null, limit: null, comparison: '>', unit: '', count: 1, covers: 1, cause: null, comments: [], sequence: 1, ...change,
});

describe('alarms', () => {
  it('come most severe first, then newest, and keep their place when answered', () => {
    const rows = [alarm({ id: 1, severity: 3, raised: 5 }), alarm({ id: 2, severity: 1, raised: 1, handling: 'acknowledged' }), alarm({ id: 3, severity: 1, raised: 0 }), alarm({ id: 4, severity: 3, raised: 9 })];
    expect(rows.sort(order).map(({ id }) => id)).toEqual([2, 3, 4, 1]);
  });
  it('leave the tray when the server says that they are over', () => {
    expect(isOpen(alarm({ condition: 'cleared' }))).toBe(true);
    expect(isOpen(alarm({ condition: 'cleared', handling: 'acknowledged', open: false }))).toBe(false);
  });
});

describe('an alarm that another explains', () => {
  it('leaves the tray and the map, and comes back when it stands alone again', async () => {
    alarms.replace([alarm({ id: 1, severity: 1 })]);
    alarms.put([alarm({ id: 1, severity: 1, cause: 9 }), alarm({ id: 9, thing: 2 })]);
    await expect.poll(() => alarms.list.map(({ id }) => id)).toEqual([9]);
    expect(alarms.byThing.get(1)).toBeUndefined();
    alarms.put([alarm({ id: 1, severity: 1 })]);
    await expect.poll(() => alarms.list.map(({ id }) => id)).toEqual([1, 9]);
  });
});

describe('alarms put aside', () => {
  const shelf = { until: 9, at: 1, by: 'asem', reason: 'a brigade is there' };
  it('leave the tray, and are counted apart', () => {
    alarms.replace([alarm({ id: 1 }), alarm({ id: 2, shelved: shelf }), alarm({ id: 3, out_of_service: shelf })]);
    expect([alarms.list, alarms.shelved, alarms.outOfService].map((list) => list.map(({ id }) => id))).toEqual([[1], [2], [3]]);
    expect(alarms.tally.reduce((sum, { count }) => sum + count, 0)).toBe(1);
    expect(alarms.byThing.get(1)?.id).toBe(1);
  });
});

describe('the alarm of a thing that is looked at', () => {
  it('is the worst; one that waits for an answer stays until it has it', () => {
    alarms.replace([alarm({ id: 1, severity: 3 })]);
    expect(alarms.ofThing(1, null)?.id).toBe(1);
    alarms.replace([alarm({ id: 1, severity: 3 }), alarm({ id: 2, severity: 1 })]);
    expect(alarms.ofThing(1, 1)?.id).toBe(1);
    alarms.replace([alarm({ id: 1, severity: 3, handling: 'acknowledged' }), alarm({ id: 2, severity: 1 })]);
    expect(alarms.ofThing(1, 1)?.id).toBe(2);
    expect(alarms.ofThing(2, 1)).toBeUndefined();
  });
  it('that is only practised gives way to a real one', () => {
    alarms.replace([alarm({ id: 1, severity: 1, exercise: true }), alarm({ id: 2, severity: 3 })]);
    expect(alarms.ofThing(1, 1)?.id).toBe(2);
  });
});

describe('what a window about an alarm is about', () => {
  it('stays the alarm it was opened for: as it is now, and once it is over as it was', () => {
    alarms.replace([alarm({ id: 1 }), alarm({ id: 2, severity: 1 })]);
    subject.take(alarms.get(1)!);
    ui.select(1, 2);
    expect(subject.alarm?.id).toBe(1);
    alarms.replace([alarm({ id: 1, assignee: 'asem' })]);
    expect(subject.alarm?.assignee).toBe('asem');
    alarms.replace([]);
    expect([subject.alarm?.id, subject.alarm?.assignee]).toEqual([1, 'asem']);
  });
});

describe('reconnecting', () => {
  it('waits longer each time, but never longer than 15 s', () => {
    const waits = [0, 1, 2, 3, 4, 5, 9].map((attempt) => backoff(attempt, 0));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15000, 15000]);
  });
  it('does not let all screens come back in step', () => expect(backoff(3, 1)).toBeLessThan(backoff(3, 0)));
});

describe('addresses', () => {
  it('name pages', () => {
    expect(parse('/control')).toEqual({ page: 'map', id: null, name: null });
    expect(parse('/control/things/17')).toEqual({ page: 'thing', id: 17, name: null });
    expect(parse('/control/overview').page).toBe('overview');
    expect(parse('/control/zones/3')).toEqual({ page: 'zone', id: 3, name: null });
    expect(parse('/control/streets/%D0%9C%D0%B5%D0%BA%D1%82%D0%B5%D0%BF%20%D0%BA.')).toEqual({ page: 'street', id: null, name: 'Мектеп к.' });
    expect(parse('/control/streets/%E0%A4').page).toBe('map');
    expect(parse('/control/wall').page).toBe('wall');
    expect(parse('/control/setup')).toEqual({ page: 'setup', id: null, name: null });
    expect(parse('/control/nonsense')).toEqual({ page: 'map', id: null, name: null });
  });
});

describe('registry', () => {
  it('knows children and what a datastream measures', () => {
    const registry = indexed({
      generation: 4, zones: [], properties: [{ id: 9, key: 'current', name: { kk: 'а', ru: 'б', en: 'c' }, unit: 'A', decimals: 1 }],
      things: [
        { id: 1, key: 'F-12', name: 'F-12', kind: 'feeder', datastreams: [{ id: 5, key: 'current', name: 'current', property: 9, unit: 'A', interval_ms: 0 }] },
        { id: 2, key: 'L-1', name: 'L-1', kind: 'lamp', parent: 1, datastreams: [] },
      ],
    });
    expect(registry.children.get(1)).toEqual([2]);
    expect(registry.streams.get(5)).toMatchObject({ thing: 1, info: { key: 'current' } });
  });
});
