/**
 * A camera that is turned for as long as a key or a button is held. While it is held the move is said again, since the
 * server takes the camera away from who says nothing. Lost keys, a lost window, a lost page: it is told to stop.
 */
import { onDestroy } from 'svelte';
import { ApiError } from '../api/api';
import type { PtzState, Turn } from '../api/camera-types';
import { cameraApi } from '../api/cameras';
import { t } from '../i18n/i18n.svelte';
import { errorText } from '../lib/words';
import { ui } from '../stores/ui.svelte';

export type Move = { pan: number; tilt: number; zoom: number };
const again = 1_500;

export class Steering {
  /** Presets and who holds it; null until it was asked. */
  state: PtzState | null = $state.raw(null);
  refused = $state('');
  /** What is held: the key's code, or the button's name. */
  held: string | null = $state(null);
  private camera = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  constructor() {
    onDestroy(() => this.stop());
  }
  async load(camera: number): Promise<void> {
    try {
      this.state = await cameraApi.ptzState(camera);
      this.refused = '';
    } catch (error) {
      this.refused = errorText(error);
    }
  }
  press(camera: number, code: string, move: Move): void {
    if (this.held === code) return;
    this.letGo();
    this.held = code;
    this.camera = camera;
    this.say(move);
    this.timer = setInterval(() => this.say(move), again);
  }
  release(code: string): void {
    if (this.held === code) this.stop();
  }
  stop(): void {
    if (this.held === null) return;
    this.letGo();
    // After what is under way: a stop must not overtake its move.
    this.last = this.last.then(() => cameraApi.ptz(this.camera, { stop: true })).catch(() => undefined);
  }
  async goTo(camera: number, preset: { preset: string; name: string }): Promise<void> {
    if (await this.ask(camera, { preset: preset.preset })) ui.announce(t('camera.atPreset', { name: preset.name }));
  }
  async save(camera: number, name: string): Promise<boolean> {
    if (!(await this.ask(camera, { save: name }))) return false;
    ui.announce(t('camera.presetKept', { name }));
    await this.load(camera);
    return true;
  }
  private letGo(): void {
    clearInterval(this.timer);
    this.held = null;
  }
  private say(move: Move): void {
    const { camera } = this;
    this.last = this.last.then(() => this.ask(camera, move)).then((taken) => void (taken || this.letGo()));
  }
  private async ask(camera: number, turn: Turn): Promise<boolean> {
    try {
      await cameraApi.ptz(camera, turn);
      this.refused = '';
      return true;
    } catch (error) {
      this.refused = errorText(error);
      if (error instanceof ApiError && error.code === 'camera.steered') {
        await this.load(camera);
        this.refused = this.state?.holder ? t('camera.steeredBy', { name: this.state.holder.name }) : '';
      }
      ui.announce(this.refused);
      return false;
    }
  }
}
