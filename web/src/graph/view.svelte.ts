/** The window of time that a thing's graphs share: a named range that ends now, or one moved and zoomed by hand. */
import { clock } from '../stores/clock.svelte';
import { day, hour, minute } from './data';

export const presets = [
  { key: 'h1', span: hour },
  { key: 'h24', span: day },
  { key: 'd7', span: 7 * day },
  { key: 'd30', span: 30 * day },
  { key: 'y1', span: 365 * day },
] as const;
export type Preset = (typeof presets)[number]['key'];

export class GraphView {
  span = $state(day);
  /** null: the window ends now and moves with the clock. */
  end: number | null = $state(null);
  /** The present, in steps of a fiftieth of the window, so that it is not fetched anew every second. */
  private readonly present = $derived.by(() => {
    const step = Math.max(5_000, Math.min(10 * minute, this.span / 200));
    return Math.ceil(clock.now / step) * step;
  });
  readonly range: [number, number] = $derived.by(() => {
    const to = this.end ?? this.present;
    return [to - this.span, to];
  });
  readonly preset: Preset | null = $derived(presets.find(({ span }) => span === this.span)?.key ?? null);

  choose(key: Preset): void {
    this.span = presets.find((preset) => preset.key === key)!.span;
    if (this.end !== null && this.end > clock.now - this.span / 2) this.end = null;
  }
  step(by: 1 | -1): void {
    const at = presets.findIndex(({ span }) => (by > 0 ? span > this.span : span >= this.span));
    const last = presets.length - 1;
    const next = by > 0 ? (at < 0 ? last : at) : (at < 0 ? last : Math.max(0, at - 1));
    this.choose(presets[next]!.key);
  }
  /** About the middle, or about the present while the window follows it. */
  zoom(factor: number): void {
    const [from, to] = this.range;
    const span = Math.max(5 * minute, Math.min(3 * 365 * day, this.span * factor));
    if (this.end !== null) this.setEnd((from + to) / 2 + span / 2);
    this.span = span;
  }
  pan(share: number): void {
    this.setEnd(this.range[1] + this.span * share);
  }
  toStart(first: number): void {
    this.setEnd(first + this.span);
  }
  toEnd(): void {
    this.end = null;
  }
  show(from: number, to: number): void {
    this.span = Math.max(5 * minute, to - from);
    this.setEnd(to);
  }
  private setEnd(end: number): void {
    this.end = end >= clock.now ? null : end;
  }
}
