/**
 * Where call-outs and value tags go. A call-out never covers its own thing or another box: it is shifted, then shortened
 * to one line, then dropped (the shape on the map remains). Tags never move: one that would cover something is left out.
 */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}
export interface Wish {
  id: number;
  /** The thing, in pixels. */
  x: number;
  y: number;
  width: number;
  short: number;
}
export interface Placed {
  id: number;
  x: number;
  y: number;
  box: Box;
  lines: 1 | 2;
}

export function overlap(a: Box, b: Box, gap = 4): boolean {
  return a.x < b.x + b.w + gap && b.x < a.x + a.w + gap && a.y < b.y + b.h + gap && b.y < a.y + a.h + gap;
}
const around = (x: number, y: number, r: number): Box => ({ x: x - r, y: y - r, w: 2 * r, h: 2 * r });
const inside = (box: Box, area: Box): boolean =>
  box.x >= area.x && box.y >= area.y && box.x + box.w <= area.x + area.w && box.y + box.h <= area.y + area.h;

function candidates(wish: Wish, w: number, h: number): Box[] {
  const boxes: Box[] = [];
  for (const reach of [26, 52, 90, 140]) {
    const right = wish.x + reach;
    const left = wish.x - reach - w;
    const up = wish.y - reach - h;
    const down = wish.y + reach;
    boxes.push({ x: right, y: up, w, h }, { x: left, y: up, w, h }, { x: right, y: wish.y - h / 2, w, h });
    boxes.push({ x: right, y: down, w, h }, { x: left, y: wish.y - h / 2, w, h }, { x: left, y: down, w, h });
    boxes.push({ x: wish.x - w / 2, y: up, w, h }, { x: wish.x - w / 2, y: down, w, h });
  }
  return boxes;
}

export function placeCallouts(wishes: readonly Wish[], area: Box, blocked: readonly Box[]): Placed[] {
  const placed: Placed[] = [];
  const points = wishes.map((wish) => around(wish.x, wish.y, 12));
  for (const wish of wishes) {
    if (!inside(around(wish.x, wish.y, 0), area)) continue;
    const taken = [...points, ...blocked, ...placed.map((other) => other.box)];
    for (const lines of [2, 1] as const) {
      const [w, h] = lines === 2 ? [wish.width, 40] : [wish.short, 26];
      const box = candidates(wish, w, h).find((candidate) => inside(candidate, area) && !taken.some((other) => overlap(candidate, other)));
      if (!box) continue;
      placed.push({ id: wish.id, x: wish.x, y: wish.y, box, lines });
      break;
    }
  }
  return placed;
}

export function placeTags(tags: readonly { id: number; x: number; y: number; width: number }[], area: Box, blocked: readonly Box[]): { id: number; box: Box }[] {
  const placed: { id: number; box: Box }[] = [];
  for (const tag of tags) {
    const box = { x: tag.x - tag.width / 2, y: tag.y - 10, w: tag.width, h: 20 };
    if (!inside(box, area)) continue;
    if ([...blocked, ...placed.map((other) => other.box)].some((other) => overlap(box, other, 2))) continue;
    placed.push({ id: tag.id, box });
  }
  return placed;
}
