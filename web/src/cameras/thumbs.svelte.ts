/**
 * Small pictures of the recording along the line of time. One is fetched at a time, and only where the hand rests or has
 * got to by then; those that came are kept for a while. Each is a look and is recorded as one by the server.
 */
import { ApiError } from '../api/api';
import { cameraApi } from '../api/cameras';
import { looking } from './cameras.svelte';

export interface Thumb {
  id: number;
  /** Of when the picture is. */
  at: number;
  address: string;
}
interface Wish {
  id: number;
  at: number;
  key: string;
}
const width = 256;
const rest = 120;
const again = 700;
const most = 80;

export class Thumbs {
  shown: Thumb | null = $state.raw(null);
  /** Null: there is none at that place. */
  private readonly kept = new Map<string, Thumb | null>();
  private wish: Wish | null = null;
  private busy = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `step`: what lies closer together than that is one place. */
  wanted(id: number, ms: number, step: number): void {
    const at = Math.floor(ms / step) * step;
    const key = `${id} ${at} ${looking.asked(id).unmasked ?? ''}`;
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.wish = null;
      this.shown = known;
      return;
    }
    if (this.shown?.id !== id) this.shown = null;
    this.wish = { id, at, key };
    if (!this.busy) this.after(rest);
  }
  /** The hand has gone. */
  none(): void {
    clearTimeout(this.timer);
    this.wish = null;
    this.shown = null;
  }
  close(): void {
    this.none();
    for (const thumb of this.kept.values()) if (thumb) URL.revokeObjectURL(thumb.address);
    this.kept.clear();
  }
  private after(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.fetch(), ms);
  }
  private async fetch(): Promise<void> {
    const wish = this.wish;
    if (!wish || this.busy) return;
    this.busy = true;
    let wait = 0;
    try {
      const { picture, at } = await cameraApi.still(wish.id, width, looking.asked(wish.id), wish.at);
      this.keep(wish, { id: wish.id, at, address: URL.createObjectURL(picture) });
    } catch (error) {
      if (!looking.refused(error) && error instanceof ApiError && error.status === 404) this.keep(wish, null);
      else wait = again;
    }
    this.busy = false;
    if (this.wish === wish && !wait) this.wish = null;
    if (this.wish) this.after(wait);
  }
  private keep(wish: Wish, thumb: Thumb | null): void {
    this.kept.set(wish.key, thumb);
    if (this.wish?.id === wish.id) this.shown = thumb;
    for (const [key, old] of this.kept) {
      if (this.kept.size <= most || old === this.shown) break;
      if (old) URL.revokeObjectURL(old.address);
      this.kept.delete(key);
    }
  }
}
