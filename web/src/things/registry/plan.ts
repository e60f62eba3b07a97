/** A town's plan before it is taken: is it one, what is in it, where does it lie. */
import type { Plan } from '../../api/types';

type Box = [[number, number], [number, number]];
export type PlanFlaw = 'notJson' | 'notCollection' | 'noLayer' | 'notDegrees' | 'empty';

function positions(coordinates: unknown, visit: (lon: number, lat: number) => void): void {
  if (!Array.isArray(coordinates)) return;
  const [lon, lat] = coordinates as unknown[];
  if (typeof lon === 'number' && typeof lat === 'number') visit(lon, lat);
  else for (const inner of coordinates) positions(inner, visit);
}

export function boxOf(plan: Plan): Box | null {
  const box: Box = [[Infinity, Infinity], [-Infinity, -Infinity]];
  for (const feature of plan.features) {
    positions(feature.geometry.coordinates, (lon, lat) => {
      box[0] = [Math.min(box[0][0], lon), Math.min(box[0][1], lat)];
      box[1] = [Math.max(box[1][0], lon), Math.max(box[1][1], lat)];
    });
  }
  return Number.isFinite(box[0][0]) ? box : null;
}

export function layersOf(plan: Plan): { layer: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { properties } of plan.features) counts.set(properties.layer, (counts.get(properties.layer) ?? 0) + 1);
  return [...counts].map(([layer, count]) => ({ layer, count })).sort((a, b) => b.count - a.count);
}

export function planOf(text: string): Plan | PlanFlaw {
  let read: Partial<Plan>;
  try {
    read = JSON.parse(text) as Partial<Plan>;
  } catch {
    return 'notJson';
  }
  if (read.type !== 'FeatureCollection' || !Array.isArray(read.features)) return 'notCollection';
  const plan = read as Plan;
  if (plan.features.some((feature) => typeof feature?.properties?.layer !== 'string' || !feature.geometry)) return 'noLayer';
  const box = boxOf(plan);
  if (!box) return 'empty';
  // Metres of a projection instead of degrees: the usual mistake.
  return Math.abs(box[0][0]) <= 180 && Math.abs(box[1][0]) <= 180 && Math.abs(box[0][1]) <= 90 && Math.abs(box[1][1]) <= 90 ? plan : 'notDegrees';
}
