import { describe, expect, it } from 'vitest';
import { clusters, type Dot, pixels, radiusOf } from './cluster';
import { hull } from './features';
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

describe('hull', () => {
  it('holds all points', () => {
    const ring = hull([[0, 0], [4, 0], [4, 4], [0, 4], [2, 2], [1, 3]], 1);
    expect(ring).toHaveLength(4);
  });
});
