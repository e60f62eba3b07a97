/** Zones and streets as sets of things. Pure. */
import type { PlanFeature } from '../api/types';
import type { Place } from '../stores/town.svelte';

export interface Street {
  name: string;
  things: Place[];
  /** Ids of the zones it runs through. */
  zones: number[];
}
/** By name, in the order of the alphabet of the town. */
export function streetsOf(things: readonly Place[]): Street[] {
  const found = new Map<string, Street>();
  for (const thing of things) {
    if (!thing.street) continue;
    const street = found.get(thing.street) ?? { name: thing.street, things: [], zones: [] };
    street.things.push(thing);
    if (thing.zone && !street.zones.includes(thing.zone)) street.zones.push(thing.zone);
    found.set(thing.street, street);
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'ru', { numeric: true }));
}

export type Box = [[number, number], [number, number]];
/** The least box that holds the things, with some room around it; null where none has a place. */
export function boxOf(things: readonly Place[], room = 0.0012): Box | null {
  const placed = things.filter((thing) => typeof thing.lon === 'number' && typeof thing.lat === 'number');
  if (placed.length === 0) return null;
  const lons = placed.map((thing) => thing.lon!);
  const lats = placed.map((thing) => thing.lat!);
  return [[Math.min(...lons) - room * 1.6, Math.min(...lats) - room], [Math.max(...lons) + room * 1.6, Math.max(...lats) + room]];
}

/** From degrees to pixels of a drawing, the same scale both ways, the box in the middle. */
export function projection(box: Box, width: number, height: number): (lon: number, lat: number) => [number, number] {
  const squeeze = Math.cos((((box[0][1] + box[1][1]) / 2) * Math.PI) / 180);
  const scale = Math.min(width / Math.max(1e-9, (box[1][0] - box[0][0]) * squeeze), height / Math.max(1e-9, box[1][1] - box[0][1]));
  const [midLon, midLat] = [(box[0][0] + box[1][0]) / 2, (box[0][1] + box[1][1]) / 2];
  return (lon, lat) => [width / 2 + (lon - midLon) * squeeze * scale, height / 2 - (lat - midLat) * scale];
}

type Ring = [number, number][];
/** The lines and rings of a feature, whatever its geometry. */
export function ringsOf({ geometry }: PlanFeature): Ring[] {
  const parts = geometry.coordinates as never;
  if (geometry.type === 'LineString') return [parts];
  if (geometry.type === 'Polygon' || geometry.type === 'MultiLineString') return parts;
  return geometry.type === 'MultiPolygon' ? (parts as Ring[][]).flat() : [];
}
/** As the `d` of an SVG path; empty if none of it is seen. */
export function pathOf(feature: PlanFeature, project: (lon: number, lat: number) => [number, number], width: number, height: number): string {
  let seen = false;
  const text = ringsOf(feature).map((ring) =>
    ring.map(([lon, lat], at) => {
      const [x, y] = project(lon, lat);
      seen ||= x > -60 && x < width + 60 && y > -60 && y < height + 60;
      return `${at ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    }).join(''),
  ).join('');
  return seen ? text : '';
}
