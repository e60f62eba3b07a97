/** The cameras there are and how they stand, looked at every two seconds while somebody shows them. */
import { ApiError } from '../api/api';
import { cameraApi, type Asked } from '../api/cameras';
import type { Camera, VideoWorker } from '../api/camera-types';
import { Newest } from '../lib/newest';
import { live } from '../stores/live.svelte';
import { ui } from '../stores/ui.svelte';

class Cameras {
  list: Camera[] = $state.raw([]);
  worker: VideoWorker | null = $state.raw(null);
  loaded = $state(false);
  failed: unknown = $state(null);
  readonly byId: Map<number, Camera> = $derived(new Map(this.list.map((camera) => [camera.id, camera])));
  readonly byThing: Map<number, Camera> = $derived(new Map(this.list.map((camera) => [camera.thing, camera])));
  private users = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly newest = new Newest();

  async load(): Promise<void> {
    try {
      await this.newest.ask(cameraApi.list, ({ cameras: list, worker }) => ([this.list, this.worker] = [list, worker]));
      this.loaded = true;
      this.failed = null;
    } catch (error) {
      this.failed = error;
    }
  }
  /** Fetched now, and again and again until the last user has gone. */
  watch(): () => void {
    this.users += 1;
    if (this.users === 1) this.timer = setInterval(() => document.visibilityState === 'visible' && !live.offline && !this.newest.waiting && void this.load(), 2_000);
    void this.load();
    return () => {
      this.users -= 1;
      if (this.users === 0) clearInterval(this.timer);
    };
  }
}
export const cameras = new Cameras();

/** Why one looks, asked once a session where the town wants to know; and masks that are lifted just now. */
class Looking {
  reason = $state(sessionStorage.getItem('qala.look') ?? '');
  /** Somebody wants to look and has not said why. */
  wanted = $state(false);
  /** Was asked and did not answer: not asked again until the page is opened anew. */
  declined = false;
  lifted: ReadonlyMap<number, { token: string; until: number }> = $state.raw(new Map());

  asked(camera: number): Asked {
    return { reason: this.reason || undefined, unmasked: this.lifted.get(camera)?.token };
  }
  /** True if that is why it was refused: the question is now on the screen. */
  refused(error: unknown): boolean {
    const so = error instanceof ApiError && error.code === 'look.reason_required';
    if (!so) return false;
    this.wanted = true;
    if (!this.declined && ui.dialog === null) ui.dialog = 'camera-reason';
    return true;
  }
  say(reason: string): void {
    this.reason = reason;
    this.wanted = false;
    ui.dialog = null;
    sessionStorage.setItem('qala.look', reason);
  }
  lift(camera: number, token: string, until: number): void {
    this.lifted = new Map([...this.lifted, [camera, { token, until }]]);
  }
  lower(camera: number): void {
    this.lifted = new Map([...this.lifted].filter(([id]) => id !== camera));
  }
}
export const looking = new Looking();
