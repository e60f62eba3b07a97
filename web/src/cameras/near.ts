/** Which cameras may have seen what happened at a place. Pure. */
import type { Camera } from '../api/camera-types';

export const reach = 400;
/** An alarm is looked at from so long before it. */
export const before = 30_000;

export function metres(aLon: number, aLat: number, bLon: number, bLat: number): number {
  const x = (aLon - bLon) * 111_320 * Math.cos(((aLat + bLat) / 2) * (Math.PI / 180));
  return Math.hypot(x, (aLat - bLat) * 110_574);
}
export interface Near {
  camera: Camera;
  metres: number;
}
/** The camera itself if it is one; the rest by distance. */
export function camerasNear(cameras: readonly Camera[], place: { id: number; lon?: number | null | undefined; lat?: number | null | undefined }, most = 4): Near[] {
  const found = cameras.flatMap((camera): Near[] => {
    if (camera.thing === place.id) return [{ camera, metres: 0 }];
    if (typeof camera.lon !== 'number' || typeof camera.lat !== 'number' || typeof place.lon !== 'number' || typeof place.lat !== 'number') return [];
    return [{ camera, metres: metres(camera.lon, camera.lat, place.lon, place.lat) }];
  });
  return found.filter((near) => near.metres <= reach).sort((a, b) => a.metres - b.metres).slice(0, most);
}
/** What a wall follows: the first of these alarms (the worst, unanswered) that a camera may see. */
export function followed<A extends { thing: number }>(alarms: readonly A[], cameras: readonly Camera[], placeOf: (thing: number) => { id: number; lon?: number | null | undefined; lat?: number | null | undefined } | undefined): { alarm: A; cameras: Camera[] } | null {
  for (const alarm of alarms) {
    const place = placeOf(alarm.thing);
    const near = place ? camerasNear(cameras, place) : [];
    if (near.length) return { alarm, cameras: near.map(({ camera }) => camera) };
  }
  return null;
}
