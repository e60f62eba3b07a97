/** The masks of one camera while they are edited: what is chosen, what is drawn just now, what has changed. */
import { cameraApi } from '../api/cameras';
import type { Mask, Point } from '../api/camera-types';
import { t } from '../i18n/i18n.svelte';
import { cornerAt, inserted, maskAt, mostMasks, mostPoints, nudge, point, replaced, shift, sideAt, sound, withCorner, withoutCorner } from './polygon';

type Held = { what: 'corner'; at: number } | { what: 'mask'; from: Point } | null;
/** How near is on it: a share of the picture's width. */
const reach = 0.014;

export class Masking {
  masks: Mask[] = $state.raw([]);
  kept: Mask[] = $state.raw([]);
  loaded = $state(false);
  chosen: number | null = $state(null);
  corner: number | null = $state(null);
  /** Corners of the one that is being drawn; null: none is. */
  drawing: Point[] | null = $state.raw(null);
  /** Where the next corner would come. */
  pen: Point = $state.raw([0.5, 0.5]);
  aspect = 16 / 9;
  readonly changed: boolean = $derived(JSON.stringify(this.masks) !== JSON.stringify(this.kept));
  private held: Held = null;

  constructor(private readonly camera: number) {}
  get current(): Mask | null {
    return this.chosen === null ? null : (this.masks[this.chosen] ?? null);
  }
  async load(): Promise<void> {
    this.masks = this.kept = (await cameraApi.masks(this.camera)).masks;
    this.loaded = true;
    this.choose(this.masks.length ? 0 : null);
  }
  async save(): Promise<void> {
    const masks = this.masks.map((mask, at) => ({ ...mask, name: mask.name.trim() || t('camera.maskNumber', { n: at + 1 }) }));
    await cameraApi.putMasks(this.camera, masks);
    this.masks = this.kept = masks;
  }
  choose(at: number | null): void {
    this.chosen = at;
    this.corner = null;
  }
  begin(): void {
    if (this.masks.length >= mostMasks) return;
    this.choose(null);
    this.drawing = [];
    this.pen = [0.5, 0.5];
  }
  place(at: Point): void {
    if (!this.drawing) return;
    const first = this.drawing[0];
    if (first && this.drawing.length >= 3 && cornerAt([first], at, reach * 1.5, this.aspect) === 0) return this.close();
    if (this.drawing.length < mostPoints) this.drawing = [...this.drawing, point(...at)];
  }
  close(): void {
    const points = this.drawing;
    this.drawing = null;
    if (!points || !sound(points)) return;
    this.masks = [...this.masks, { name: '', points }];
    this.choose(this.masks.length - 1);
  }
  takeBack(): void {
    if (this.drawing) this.drawing = this.drawing.length ? this.drawing.slice(0, -1) : null;
  }
  rename(at: number, name: string): void {
    this.masks = replaced(this.masks, at, { name });
  }
  /** The chosen corner, or the whole mask. */
  remove(): void {
    const mask = this.current;
    if (!mask || this.chosen === null) return;
    if (this.corner !== null && mask.points.length > 3) {
      this.masks = replaced(this.masks, this.chosen, { points: withoutCorner(mask.points, this.corner) });
      this.corner = null;
      return;
    }
    this.masks = this.masks.filter((_, at) => at !== this.chosen);
    this.choose(this.masks.length ? Math.min(this.chosen, this.masks.length - 1) : null);
  }
  nextCorner(by: 1 | -1): void {
    const count = this.current?.points.length ?? 0;
    if (count) this.corner = ((this.corner ?? (by > 0 ? -1 : 0)) + by + count) % count;
  }
  /** False: the key means nothing here. */
  arrow(code: string, shifted: boolean): boolean {
    const by = nudge(code, shifted);
    if (!by) return false;
    if (this.drawing) this.pen = point(this.pen[0] + by[0], this.pen[1] + by[1]);
    else if (!this.current) return false;
    else this.points((points) => (this.corner === null ? shift(points, ...by) : withCorner(points, this.corner, [points[this.corner]![0] + by[0], points[this.corner]![1] + by[1]])));
    return true;
  }
  down(at: Point): void {
    if (this.drawing) return this.place(at);
    const mask = this.current;
    const corner = mask && cornerAt(mask.points, at, reach, this.aspect);
    if (mask && corner !== null) {
      this.corner = corner;
      this.held = { what: 'corner', at: corner };
      return;
    }
    this.choose(maskAt(this.masks, at));
    this.held = this.chosen === null ? null : { what: 'mask', from: at };
  }
  move(at: Point): void {
    if (this.drawing) return void (this.pen = point(...at));
    const held = this.held;
    if (!held) return;
    if (held.what === 'corner') return this.points((points) => withCorner(points, held.at, at));
    this.points((points) => shift(points, at[0] - held.from[0], at[1] - held.from[1]));
    this.held = { what: 'mask', from: at };
  }
  up(): void {
    this.held = null;
  }
  /** Twice on a side: one more corner there. */
  split(at: Point): void {
    const mask = this.current;
    const side = mask && !this.drawing ? sideAt(mask.points, at, reach, this.aspect) : null;
    if (mask && side !== null && cornerAt(mask.points, at, reach, this.aspect) === null) {
      this.points((points) => inserted(points, side, at));
      this.corner = side + 1;
    }
  }
  private points(change: (points: readonly Point[]) => Point[]): void {
    if (this.chosen !== null && this.current) this.masks = replaced(this.masks, this.chosen, { points: change(this.current.points) });
  }
}
