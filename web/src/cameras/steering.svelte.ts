/** A camera that is moved for as long as a key is held. Lost keys, a lost window, a lost page: it is told to stop. */
import { onDestroy } from 'svelte';
import { cameraApi } from '../api/cameras';
import { errorText } from '../lib/words';
import { ui } from '../stores/ui.svelte';

export class Steering {
  private held: { camera: number; code: string } | null = null;
  constructor() {
    onDestroy(() => this.stop());
  }
  press(camera: number, code: string, move: { pan: number; tilt: number; zoom: number }): void {
    if (this.held?.code === code) return;
    this.held = { camera, code };
    cameraApi.ptz(camera, move).catch((error: unknown) => {
      this.held = null;
      ui.announce(errorText(error));
    });
  }
  release(code: string): void {
    if (this.held?.code === code) this.stop();
  }
  stop(): void {
    if (!this.held) return;
    cameraApi.ptz(this.held.camera, { stop: true }).catch(() => undefined);
    this.held = null;
  }
}
