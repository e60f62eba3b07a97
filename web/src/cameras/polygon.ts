/** Masks while they are drawn: polygons in shares of the picture. Every change gives a new list. Pure. */
import type { Mask, Point } from '../api/camera-types';

export const mostPoints = 32;
export const mostMasks = 16;
const clamp = (value: number): number => Math.min(1, Math.max(0, value));
const round = (value: number): number => Math.round(clamp(value) * 10_000) / 10_000;
export const point = (x: number, y: number): Point => [round(x), round(y)];

export function area(points: readonly Point[]): number {
  const sum = points.reduce((total, [x, y], at) => {
    const [nx, ny] = points[(at + 1) % points.length]!;
    return total + x * ny - nx * y;
  }, 0);
  return Math.abs(sum) / 2;
}
export function inside(points: readonly Point[], [x, y]: Point): boolean {
  let within = false;
  points.forEach(([ax, ay], at) => {
    const [bx, by] = points[(at + points.length - 1) % points.length]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  });
  return within;
}
/** Enough corners, and it covers something. */
export function sound(points: readonly Point[]): boolean {
  return points.length >= 3 && points.length <= mostPoints && area(points) > 0.0001;
}
/** The corner within reach of a place on a picture of that shape (width through height); null: none. */
export function cornerAt(points: readonly Point[], [x, y]: Point, reach: number, aspect = 16 / 9): number | null {
  let best: number | null = null;
  let least = reach;
  points.forEach(([px, py], at) => {
    const away = Math.hypot(px - x, (py - y) / aspect);
    if (away <= least) [best, least] = [at, away];
  });
  return best;
}
/** The side within reach: the corner it begins at. */
export function sideAt(points: readonly Point[], [x, y]: Point, reach: number, aspect = 16 / 9): number | null {
  let best: number | null = null;
  let least = reach;
  points.forEach(([ax, ay], at) => {
    const [bx, by] = points[(at + 1) % points.length]!;
    const [dx, dy] = [bx - ax, (by - ay) / aspect];
    const length = dx * dx + dy * dy;
    const along = length ? Math.min(1, Math.max(0, ((x - ax) * dx + ((y - ay) / aspect) * dy) / length)) : 0;
    const away = Math.hypot(x - ax - along * dx, (y - ay) / aspect - along * dy);
    if (away <= least) [best, least] = [at, away];
  });
  return best;
}
/** The mask that is on top there; null: none. */
export function maskAt(masks: readonly Mask[], at: Point): number | null {
  const found = masks.findLastIndex(({ points }) => inside(points, at));
  return found < 0 ? null : found;
}
/** Moved as a whole, as far as the picture reaches. */
export function shift(points: readonly Point[], dx: number, dy: number): Point[] {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const mx = Math.min(1 - Math.max(...xs), Math.max(-Math.min(...xs), dx));
  const my = Math.min(1 - Math.max(...ys), Math.max(-Math.min(...ys), dy));
  return points.map(([x, y]) => point(x + mx, y + my));
}
export function withCorner(points: readonly Point[], at: number, to: Point): Point[] {
  return points.map((old, place) => (place === at ? point(...to) : old));
}
export function inserted(points: readonly Point[], after: number, at: Point): Point[] {
  return points.length >= mostPoints ? [...points] : [...points.slice(0, after + 1), point(...at), ...points.slice(after + 1)];
}
/** A polygon keeps three corners. */
export function withoutCorner(points: readonly Point[], at: number): Point[] {
  return points.length <= 3 ? [...points] : points.filter((_, place) => place !== at);
}
export function replaced(masks: readonly Mask[], at: number, change: Partial<Mask>): Mask[] {
  return masks.map((mask, place) => (place === at ? { ...mask, ...change } : mask));
}
/** Arrow keys, in shares of the picture; with Shift ten times as far. Null: the key is not ours. */
export function nudge(code: string, shifted: boolean): [number, number] | null {
  const step = shifted ? 0.05 : 0.005;
  const found: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  return found[code] ?? null;
}
