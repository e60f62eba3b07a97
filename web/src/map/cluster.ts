/**
 * Clusters of our own, on the screen's thread: about 2,000 points take 2 ms. MapLibre's would not know of value tags,
 * names and call-outs; ours stand at one of their members that leaves those free, and never on each other.
 */
export interface Dot {
  id: number;
  lon: number;
  lat: number;
  /** Severity of its worst open alarm, 9 if it has none. */
  worst: number;
  icon: string;
}
export interface Obstacle {
  lon: number;
  lat: number;
  /** Half the width and height in pixels. */
  w: number;
  h: number;
}
export interface Group {
  lon: number;
  lat: number;
  members: Dot[];
}
interface Spot {
  x: number;
  y: number;
}

/** Web Mercator in pixels of that zoom. */
export function pixels(lon: number, lat: number, zoom: number): Spot {
  const size = 512 * 2 ** zoom;
  const sin = Math.sin((lat * Math.PI) / 180);
  return { x: ((lon + 180) / 360) * size, y: (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * size };
}

function unpixels({ x, y }: Spot, zoom: number): { lon: number; lat: number } {
  const size = 512 * 2 ** zoom;
  const lat = Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / size)));
  return { lon: (x / size) * 360 - 180, lat: (lat * 180) / Math.PI };
}

/** Spots beside the middle, nearest first, for groups whose every member stands under something. */
function around({ x, y }: Spot): Spot[] {
  const spots: Spot[] = [];
  for (const reach of [18, 28, 40, 56, 72, 90]) {
    for (let turn = 0; turn < 8; turn += 1) spots.push({ x: x + reach * Math.cos((turn * Math.PI) / 4), y: y + reach * Math.sin((turn * Math.PI) / 4) });
  }
  return spots;
}

/** Radius of the circle that is drawn for so many. */
export function radiusOf(count: number): number {
  return count < 10 ? 11 : count < 100 ? 13 : 16;
}

function gather(dots: readonly Dot[], spots: readonly Spot[], radius: number): number[][] {
  const cells = new Map<string, number[]>();
  const cell = (spot: Spot): [number, number] => [Math.floor(spot.x / radius), Math.floor(spot.y / radius)];
  spots.forEach((spot, at) => {
    const key = cell(spot).join();
    const list = cells.get(key);
    if (list) list.push(at);
    else cells.set(key, [at]);
  });
  const taken = new Uint8Array(dots.length);
  const groups: number[][] = [];
  spots.forEach((spot, at) => {
    if (taken[at]) return;
    const group: number[] = [];
    const [cx, cy] = cell(spot);
    for (let dx = -1; dx <= 1; dx += 1) {
      for (let dy = -1; dy <= 1; dy += 1) {
        for (const other of cells.get(`${cx + dx},${cy + dy}`) ?? []) {
          const there = spots[other]!;
          if (taken[other] || (there.x - spot.x) ** 2 + (there.y - spot.y) ** 2 > radius * radius) continue;
          taken[other] = 1;
          group.push(other);
        }
      }
    }
    groups.push(group);
  });
  return groups;
}

interface Rect extends Spot {
  w: number;
  h: number;
}
function free(spot: Spot, r: number, taken: readonly Rect[]): boolean {
  return !taken.some((box) => Math.abs(box.x - spot.x) < box.w + r + 2 && Math.abs(box.y - spot.y) < box.h + r + 2);
}

export function clusters(dots: readonly Dot[], zoom: number, obstacles: readonly Obstacle[], radius = 70): Group[] {
  const spots = dots.map((dot) => pixels(dot.lon, dot.lat, zoom));
  const taken: Rect[] = obstacles.map(({ lon, lat, w, h }) => ({ ...pixels(lon, lat, zoom), w, h }));
  const gathered = gather(dots, spots, zoom >= 16 ? 14 : radius).sort((a, b) => b.length - a.length);
  return gathered.map((group) => {
    const members = group.map((at) => dots[at]!);
    if (group.length === 1) return { lon: members[0]!.lon, lat: members[0]!.lat, members };
    const middle = { x: 0, y: 0 };
    for (const at of group) {
      middle.x += spots[at]!.x / group.length;
      middle.y += spots[at]!.y / group.length;
    }
    const away = (at: number): number => (spots[at]!.x - middle.x) ** 2 + (spots[at]!.y - middle.y) ** 2;
    const near = [...group].sort((a, b) => away(a) - away(b)).map((at) => spots[at]!);
    const r = radiusOf(group.length);
    const best = [...near, ...around(middle)].find((spot) => free(spot, r, taken)) ?? middle;
    taken.push({ ...best, w: r, h: r });
    return { ...unpixels(best, zoom), members };
  });
}
