import { describe, expect, it } from 'vitest';
import type { PlanFeature } from '../api/types';
import type { Place } from '../stores/town.svelte';
import { boxOf, pathOf, projection, ringsOf, streetsOf } from './areas';

const thing = (change: Partial<Place>): Place => ({ id: 1, key: 'L-1', name: '', kind: 'lamp', zone: 2, datastreams: [], layer: 'light', search: '', ...change });

describe('streets', () => {
  it('are those of the things, with their zones', () => {
    const found = streetsOf([thing({ street: 'Мектеп көшесі' }), thing({ street: 'Абай даңғылы', zone: 1 }), thing({ street: 'Мектеп көшесі', zone: 3 }), thing({})]);
    expect(found.map(({ name, things, zones }) => [name, things.length, zones])).toEqual([['Абай даңғылы', 1, [1]], ['Мектеп көшесі', 2, [2, 3]]]);
  });
});

describe('the plan of an area', () => {
  it('holds all its things, the same scale both ways', () => {
    const box = boxOf([thing({ lon: 71, lat: 52 }), thing({ lon: 71.02, lat: 52.01 }), thing({})])!;
    const project = projection(box, 400, 200);
    for (const [lon, lat] of [[71, 52], [71.02, 52.01]] as const) {
      const [x, y] = project(lon, lat);
      expect(x > 0 && x < 400 && y > 0 && y < 200).toBe(true);
    }
    expect(project(71, 52)[1]).toBeGreaterThan(project(71, 52.01)[1]);
    expect(boxOf([thing({})])).toBeNull();
  });
  it('draws what is seen of it and leaves out the rest', () => {
    const road = (coordinates: unknown, type = 'LineString'): PlanFeature => ({ type: 'Feature', geometry: { type, coordinates }, properties: { layer: 'road' } });
    const project = projection([[71, 52], [71.1, 52.1]], 100, 100);
    expect(pathOf(road([[71, 52], [71.1, 52.1]]), project, 100, 100)).toMatch(/^M[-\d. ]+L[-\d. ]+$/);
    expect(pathOf(road([[75, 52], [76, 52]]), project, 100, 100)).toBe('');
    expect(ringsOf(road([[[[1, 2]]], [[[3, 4]]]], 'MultiPolygon'))).toHaveLength(2);
    expect(ringsOf(road([1, 2], 'Point'))).toEqual([]);
  });
});
