/** Names of zones, places and streets: where they stand, and which of them there is room for. Zones come first. */
import type { Plan } from '../api/types';
import { pick } from '../i18n/i18n.svelte';
import { pixels } from './cluster';
import type { Camera } from './live-canvas';

type Kind = 'zone' | 'place' | 'street';
export interface Label {
  kind: Kind;
  text: string;
  /** One place, or the line along which the name runs. */
  line: [number, number][];
}
export interface PlacedLabel {
  kind: Kind;
  text: string;
  x: number;
  y: number;
  angle: number;
}

export const fonts: Record<Kind, string> = {
  zone: '600 12.5px Inter, sans-serif',
  place: 'italic 450 12px Inter, sans-serif',
  street: '450 11.5px Inter, sans-serif',
};
export const spacing: Record<Kind, number> = { zone: 1.75, place: 0, street: 0 };
const order: Kind[] = ['zone', 'place', 'street'];

export function labelsOf(plan: Plan): Label[] {
  const labels: Label[] = [];
  for (const { geometry, properties } of plan.features) {
    const kind = /^(zone|place|street)_name$/.exec(properties.layer)?.[1] as Kind | undefined;
    const name = pick(properties.name);
    if (!kind || !name) continue;
    const line = geometry.type === 'Point' ? [geometry.coordinates as [number, number]] : (geometry.coordinates as [number, number][]);
    labels.push({ kind, text: kind === 'zone' ? name.toUpperCase() : name, line });
  }
  return labels.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

/** Where a zone's or a place's name goes when something stands on it, nearest first. */
const shifts: readonly (readonly [number, number])[] = [0, -40, 40, -70, 70]
  .flatMap((dx) => [0, -14, 14, -26, 26, -38, 38].map((dy) => [dx, dy] as const))
  .sort((a, b) => Math.hypot(...a) - Math.hypot(...b));

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}
const apart = (a: Box, b: Box): boolean => a.left > b.right || b.left > a.right || a.top > b.bottom || b.top > a.bottom;

/** What a street's name gives way to: clusters and value tags, half widths in pixels. */
export interface Taken {
  lon: number;
  lat: number;
  w: number;
  h: number;
}

/** Those that fit: a street's name only where the street is well longer than the name; none upon another. */
export function placeLabels(labels: readonly Label[], camera: Camera, measure: (label: Label) => number, busy: readonly Taken[] = []): PlacedLabel[] {
  const center = pixels(camera.lon, camera.lat, camera.zoom);
  const at = ([lon, lat]: [number, number]): [number, number] => {
    const spot = pixels(lon, lat, camera.zoom);
    return [spot.x - center.x + camera.width / 2, spot.y - center.y + camera.height / 2];
  };
  const around = ([x, y]: [number, number], w: number, h: number): Box => ({ left: x - w, right: x + w, top: y - h, bottom: y + h });
  const taken: Box[] = [];
  const crowd = busy.map(({ lon, lat, w, h }) => around(at([lon, lat]), w, h));
  const room = camera.zoom < 14.5 ? 1.35 : 1.05;
  const placed: PlacedLabel[] = [];
  for (const label of labels) {
    const [ax, ay] = at(label.line[0]!);
    const [bx, by] = at(label.line.at(-1)!);
    const [x, y] = at(label.line[Math.floor(label.line.length / 2)]!);
    if (x < -60 || y < -20 || x > camera.width + 60 || y > camera.height + 20) continue;
    const width = measure(label);
    if (label.line.length > 1 && Math.hypot(bx - ax, by - ay) < width * room) continue;
    let angle = label.line.length > 1 ? Math.atan2(by - ay, bx - ax) : 0;
    if (Math.abs(angle) > Math.PI / 2) angle -= Math.sign(angle) * Math.PI;
    const w = (Math.abs(Math.cos(angle)) * width + Math.abs(Math.sin(angle)) * 12) / 2 + 3;
    const h = (Math.abs(Math.sin(angle)) * width + Math.abs(Math.cos(angle)) * 12) / 2 + 3;
    const free = (box: Box): boolean => taken.every((other) => apart(box, other));
    const clear = (box: Box): boolean => crowd.every((other) => apart(box, other));
    // A name whose place is in sight stands whole inside the edge.
    const within = (value: number, half: number, size: number): number => (value < 0 || value > size || size < 2 * half + 8 ? value : Math.max(half + 4, Math.min(size - half - 4, value)));
    const spots = label.kind === 'street' ? [[x, y] as const] : shifts.map(([dx, dy]) => [within(x + dx, w, camera.width), within(y + dy, h, camera.height)] as const);
    const spot = spots.find(([sx, sy]) => free(around([sx, sy], w, h)) && clear(around([sx, sy], w, h)));
    if (!spot && (label.kind === 'street' || !free(around([x, y], w, h)))) continue;
    const [sx, sy] = spot ?? [x, y];
    taken.push(around([sx, sy], w, h));
    placed.push({ kind: label.kind, text: label.text, x: sx, y: sy, angle });
  }
  return placed;
}
