import { afterEach, describe, expect, it } from 'vitest';
import type { Alarm } from '../api/types';
import { indicators } from '../lib/indicators';
import { indexed, town } from '../stores/town.svelte';
import { clusters, type Dot, pixels, radiusOf } from './cluster';
import { hull, lampsOf } from './features';
import { type Label, placeLabels } from './labels';
import { overlap, placeCallouts, placeTags } from './place';

const area = { x: 0, y: 0, w: 1000, h: 600 };

describe('call-outs', () => {
  const wishes = Array.from({ length: 5 }, (_, id) => ({ id, x: 500 + id * 8, y: 300, width: 180, short: 120 }));
  it('never cover each other or a thing', () => {
    const placed = placeCallouts(wishes, area, []);
    for (const a of placed) {
      for (const b of placed) if (a.id !== b.id) expect(overlap(a.box, b.box, 0)).toBe(false);
      for (const wish of wishes) expect(overlap(a.box, { x: wish.x, y: wish.y, w: 0, h: 0 }, 0)).toBe(false);
    }
    expect(placed.length).toBeGreaterThan(2);
  });
  it('are shortened before they are dropped', () => {
    const narrow = { x: 0, y: 0, w: 330, h: 90 };
    const placed = placeCallouts([{ id: 1, x: 150, y: 45, width: 250, short: 110 }], narrow, []);
    expect(placed[0]?.lines).toBe(1);
  });
  it('of things outside the map are not drawn', () => expect(placeCallouts([{ id: 1, x: -50, y: 10, width: 100, short: 50 }], area, [])).toEqual([]));
});

describe('tags', () => {
  it('are left out where they would cover something', () => {
    const tags = [{ id: 1, x: 100, y: 100, width: 80 }, { id: 2, x: 110, y: 104, width: 80 }, { id: 3, x: 400, y: 100, width: 80 }];
    expect(placeTags(tags, area, []).map(({ id }) => id)).toEqual([1, 3]);
  });
});

describe('clusters', () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const dots: Dot[] = Array.from({ length: 2000 }, (_, id) => ({ id, lon: 70.92 + random() * 0.06, lat: 51.97 + random() * 0.03, worst: 9, icon: 'dot' }));
  it('hold every thing exactly once', () => {
    const ids = clusters(dots, 13, []).flatMap((group) => group.members.map((dot) => dot.id));
    expect(ids.sort((a, b) => a - b)).toEqual(dots.map((dot) => dot.id));
  });
  it('do not stand on a value tag', () => {
    const tag = { lon: 70.95, lat: 51.985, w: 50, h: 11 };
    const at = pixels(tag.lon, tag.lat, 13);
    for (const group of clusters(dots, 13, [tag]).filter(({ members }) => members.length > 1)) {
      const spot = pixels(group.lon, group.lat, 13);
      const r = radiusOf(group.members.length);
      expect(Math.abs(spot.x - at.x) < tag.w + r && Math.abs(spot.y - at.y) < tag.h + r).toBe(false);
    }
  });
  it('fall apart near by', () => expect(clusters(dots, 18, []).length).toBeGreaterThan(1500));
});

describe('lamps', () => {
  const minute = 60_000;
  const before = town.registry;
  afterEach(() => (town.registry = before));
  const lamp = (id: number, parent?: number) => ({ id, key: `L-${id}`, name: '', kind: 'lamp', lon: 70.9, lat: 51.9, ...(parent ? { parent } : {}), datastreams: [{ id: id * 10, key: 'power', name: '', unit: 'W', interval_ms: minute }] });
  const feeder = { id: 9, key: 'F-9', name: '', kind: 'feeder', datastreams: [] };
  const said = { 10: 0, 20: 3 * minute, 30: 0, 40: 3 * minute } as Record<number, number>;
  const now = 4 * minute;
  const peek = (id: number) => (said[id] === undefined ? undefined : { at: said[id], value: id === 40 ? 0 : 60, flags: 0 });
  const worst = new Map([[9, { id: 1, thing: 9, severity: 2, condition: 'active', handling: 'acknowledged', covers: 5 } as Alarm]]);
  const shown = { air: true, heat: true, light: true, power: true, water: true, waste: true, traffic: true, devices: true };
  const things = () => (town.registry = indexed({ generation: 1, zones: [], properties: [], things: [lamp(1), lamp(2), lamp(3, 9), lamp(4), feeder] }));
  it('whose last word is over are not drawn as lit; under an alarm they are dark', () => {
    const states = (at: number | null): string[] => lampsOf(things(), shown, worst, at, peek).map(({ state }) => state);
    expect(states(now)).toEqual(['unknown', 'lit', 'dark', 'off']);
    expect(states(0)).toEqual(['lit', 'lit', 'lit', 'off']);
    expect(states(null)).toEqual(['unknown', 'unknown', 'dark', 'unknown']);
  });
  it('that are silent are counted neither as lit nor as dark, unless an alarm says so', () => {
    const light = (at: number, alarmed: boolean) => indicators({ now: at, offline: false, worst: alarmed ? worst : new Map(), waterFlow: null, peek }, things().things).find(({ layer }) => layer === 'light');
    expect([light(now, true)?.value, light(now, true)?.of]).toEqual(['1', '3']);
    expect([light(now, false)?.value, light(now, false)?.of]).toEqual(['1', '2']);
    expect([light(0, false)?.value, light(0, false)?.of]).toEqual(['3', '4']);
    expect(light(99 * minute, false)?.value).toBe('—');
  });
});

describe('hull', () => {
  it('holds all points', () => {
    const ring = hull([[0, 0], [4, 0], [4, 4], [0, 4], [2, 2], [1, 3]], 1);
    expect(ring).toHaveLength(4);
  });
});

describe('names', () => {
  const camera = { lon: 70.95, lat: 51.99, zoom: 15, width: 1000, height: 600 };
  const width = (label: Label): number => label.text.length * 7;
  const street = (text: string, from: number, to: number): Label => ({ kind: 'street', text, line: [[from, 51.99], [(from + to) / 2, 51.99], [to, 51.99]] });
  it('of streets are written only where the street is longer than its name', () => {
    const placed = placeLabels([street('Абай даңғылы', 70.945, 70.955), street('Бейбітшілік көшесі', 70.96, 70.9601)], camera, width);
    expect(placed.map(({ text }) => text)).toEqual(['Абай даңғылы']);
  });
  it('never lie upon each other, and read from left to right', () => {
    const placed = placeLabels([{ kind: 'zone', text: 'ОРТАЛЫҚ', line: [[70.95, 51.99]] }, street('Абай даңғылы', 70.955, 70.945)], camera, width);
    expect(placed).toHaveLength(1);
    expect(Math.abs(placeLabels([street('Абай даңғылы', 70.955, 70.945)], camera, width)[0]!.angle)).toBeLessThan(0.01);
  });
  it('of streets give way to clusters and tags', () => {
    const busy = [{ lon: 70.95, lat: 51.99, w: 16, h: 16 }];
    expect(placeLabels([street('Абай даңғылы', 70.945, 70.955)], camera, width, busy)).toEqual([]);
  });
});
