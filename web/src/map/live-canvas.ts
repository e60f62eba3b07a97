/**
 * Everything on the map that lives, on a canvas of its own above the plan: names, lamps, areas of alarms, clusters, things.
 * A new value costs a redraw of this canvas (2 ms), never one of the map below. Screen thread only.
 */
import type { Severity } from '../api/types';
import { type Group, pixels, radiusOf } from './cluster';
import { type Images, makeImages } from './images';
import { fonts, type Label, placeLabels, spacing, type Taken } from './labels';
import { type Palette, readPalette } from './palette';

export interface Lamp {
  id: number;
  lon: number;
  lat: number;
  state: 'lit' | 'off' | 'unknown' | 'dark';
  severity: Severity | null;
}
export interface Area {
  severity: Severity;
  /** A ring of places, or one place with a radius in metres. */
  ring: [number, number][];
  radius: number | null;
}
export interface Scene {
  lamps: readonly Lamp[];
  areas: readonly Area[];
  groups: readonly Group[];
  selected: { lon: number; lat: number } | null;
  labels: readonly Label[];
  /** Where value tags and things with call-outs stand. */
  tags: readonly Taken[];
}
export interface Camera {
  lon: number;
  lat: number;
  zoom: number;
  width: number;
  height: number;
}
export type Hit = { thing: number } | { group: Group } | null;

const between = (zoom: number, from: number, a: number, to: number, b: number): number =>
  a + (b - a) * Math.max(0, Math.min(1, (zoom - from) / (to - from)));

export class LiveCanvas {
  private readonly context: CanvasRenderingContext2D;
  private palette: Palette = readPalette();
  private images: Images = new Map();
  private scene: Scene = { lamps: [], areas: [], groups: [], selected: null, labels: [], tags: [] };
  private camera: Camera = { lon: 0, lat: 0, zoom: 1, width: 0, height: 0 };
  private center = { x: 0, y: 0 };
  private ratio = 1;
  private waiting = false;
  private readonly widths = new Map<string, number>();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly magnified = 1,
  ) {
    this.context = canvas.getContext('2d')!;
    this.recolour();
  }
  recolour(): void {
    this.ratio = devicePixelRatio * this.magnified;
    this.widths.clear();
    this.palette = readPalette();
    this.images = makeImages(this.palette, document.documentElement.dataset['theme'] !== 'light', this.ratio);
    this.draw();
  }
  /** Drawn when this turn's work is done: several parts may change at once. */
  show(scene: Partial<Scene>): void {
    this.scene = { ...this.scene, ...scene };
    if (this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => this.waiting && this.draw());
  }
  look(camera: Camera): void {
    this.camera = camera;
    const [w, h] = [Math.round(camera.width * this.ratio), Math.round(camera.height * this.ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    this.draw();
  }
  /** What lies at that pixel, the topmost first. */
  hit(x: number, y: number): Hit {
    const near = (place: { lon: number; lat: number }, reach: number): boolean => {
      const [px, py] = this.at(place.lon, place.lat);
      return (px - x) ** 2 + (py - y) ** 2 <= reach * reach;
    };
    for (const group of this.scene.groups) {
      const single = group.members.length === 1;
      if (near(group, single ? 9 : radiusOf(group.members.length) + 2)) return single ? { thing: group.members[0]!.id } : { group };
    }
    const lamp = this.scene.lamps.find((one) => near(one, one.state === 'dark' ? 7 : 5));
    return lamp ? { thing: lamp.id } : null;
  }

  private at(lon: number, lat: number): [number, number] {
    const spot = pixels(lon, lat, this.camera.zoom);
    return [spot.x - this.center.x + this.camera.width / 2, spot.y - this.center.y + this.camera.height / 2];
  }
  private draw(): void {
    const { context, camera } = this;
    this.waiting = false;
    if (!camera.width) return;
    this.center = pixels(camera.lon, camera.lat, camera.zoom);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    for (const state of ['unknown', 'off', 'lit'] as const) this.lamps(state);
    for (const area of this.scene.areas) this.area(area);
    this.darkLamps();
    this.labels();
    this.groups();
    this.selection();
  }
  private lamps(state: 'unknown' | 'off' | 'lit'): void {
    const { context, camera } = this;
    const r = between(camera.zoom, 12, 1, 14, 1.5) + between(camera.zoom, 14, 0, 17, 2.5);
    context.beginPath();
    for (const lamp of this.scene.lamps) {
      if (lamp.state !== state) continue;
      const [x, y] = this.at(lamp.lon, lamp.lat);
      if (x < -r || y < -r || x > camera.width + r || y > camera.height + r) continue;
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, 6.2832);
    }
    context.globalAlpha = { lit: 0.95, off: 0.4, unknown: 0.7 }[state];
    context.fillStyle = context.strokeStyle = this.palette['m-lamp'];
    context.lineWidth = 0.75;
    if (state === 'unknown') context.stroke();
    else context.fill();
    context.globalAlpha = 1;
  }
  private darkLamps(): void {
    const { context, camera } = this;
    const r = between(camera.zoom, 12, 2.4, 14, 3.6) + between(camera.zoom, 14, 0, 17, 3.6);
    context.lineWidth = 1.5;
    context.fillStyle = this.palette['m-ground'];
    for (const lamp of this.scene.lamps) {
      if (lamp.state !== 'dark' || lamp.severity === null) continue;
      const [x, y] = this.at(lamp.lon, lamp.lat);
      context.beginPath();
      context.arc(x, y, r, 0, 6.2832);
      context.fill();
      context.strokeStyle = this.palette[`s${lamp.severity}-edge`];
      context.stroke();
    }
  }
  private area({ severity, ring, radius }: Area): void {
    const { context, camera } = this;
    const colour = this.palette[`s${severity}`];
    context.beginPath();
    if (radius !== null) {
      const [x, y] = this.at(...ring[0]!);
      const r = (radius * 512 * 2 ** camera.zoom) / (40_075_016.686 * Math.cos((camera.lat * Math.PI) / 180));
      const smoke = context.createRadialGradient(x, y, 0, x, y, r);
      smoke.addColorStop(0, `${colour}38`);
      smoke.addColorStop(0.55, `${colour}1a`);
      smoke.addColorStop(1, `${colour}00`);
      context.fillStyle = smoke;
      context.arc(x, y, r, 0, 6.2832);
      context.fill();
      return;
    }
    for (const place of ring) context.lineTo(...this.at(...place));
    context.closePath();
    context.fillStyle = `${colour}29`;
    context.fill();
    context.strokeStyle = this.palette[`s${severity}-edge`];
    context.lineWidth = 1.3;
    context.stroke();
  }
  private width(label: Label): number {
    const key = label.kind + label.text;
    let width = this.widths.get(key);
    if (width === undefined) {
      this.context.font = fonts[label.kind];
      width = this.context.measureText(label.text).width + spacing[label.kind] * label.text.length;
      this.widths.set(key, width);
    }
    return width;
  }
  private labels(): void {
    const { context, palette } = this;
    context.textAlign = 'center';
    context.lineJoin = 'round';
    context.lineWidth = 3;
    context.strokeStyle = palette['m-ground'];
    const circles = this.scene.groups.map(({ lon, lat, members }) => ({ lon, lat, w: radiusOf(members.length), h: radiusOf(members.length) }));
    const busy = [...circles, ...this.scene.tags];
    for (const { kind, text, x, y, angle } of placeLabels(this.scene.labels, this.camera, (label) => this.width(label), busy)) {
      context.save();
      context.translate(x, y);
      context.rotate(angle);
      context.font = fonts[kind];
      context.letterSpacing = `${spacing[kind]}px`;
      context.fillStyle = kind === 'zone' ? palette['tx-2'] : palette['m-label'];
      context.strokeText(text, 0, 4);
      context.fillText(text, 0, 4);
      context.restore();
    }
  }
  private groups(): void {
    const { context, camera, palette } = this;
    context.font = '500 12px Inter, sans-serif';
    context.textAlign = 'center';
    for (const { lon, lat, members } of [...this.scene.groups].reverse()) {
      const [x, y] = this.at(lon, lat);
      if (x < -20 || y < -20 || x > camera.width + 20 || y > camera.height + 20) continue;
      if (members.length === 1) {
        this.image(members[0]!.icon, x, y, 1);
        continue;
      }
      const r = radiusOf(members.length);
      context.beginPath();
      context.arc(x, y, r, 0, 6.2832);
      context.fillStyle = palette['m-block'];
      context.fill();
      context.strokeStyle = palette['line-2'];
      context.lineWidth = 1;
      context.stroke();
      context.fillStyle = palette['tx-2'];
      context.fillText(String(members.length), x, y + 4.3);
      const worst = Math.min(...members.map((dot) => dot.worst));
      if (worst < 9) this.image(`s${worst}o`, x + r * 0.85, y - r * 0.75, 0.72);
    }
  }
  private image(name: string, x: number, y: number, scale: number): void {
    const image = this.images.get(name);
    if (!image) return;
    const size = (image.width / this.ratio) * scale;
    this.context.drawImage(image, x - size / 2, y - size / 2, size, size);
  }
  private selection(): void {
    if (!this.scene.selected) return;
    const [x, y] = this.at(this.scene.selected.lon, this.scene.selected.lat);
    this.context.beginPath();
    this.context.arc(x, y, 12, 0, 6.2832);
    this.context.strokeStyle = this.palette['accent'];
    this.context.lineWidth = 2.5;
    this.context.stroke();
  }
}
