/** Cameras in short words. */
import type { Camera } from '../api/camera-types';
import { age } from '../i18n/dates';
import { i18n, maybe, num, t } from '../i18n/i18n.svelte';
import { clock } from '../stores/clock.svelte';
import type { Showing } from './player';

export function cameraName(camera: Camera | undefined, id?: number): string {
  return camera ? camera.name || camera.key : `№${id ?? ''}`;
}
/** Why there is no picture, in words; empty where nothing is known. */
export function reasonText(reason: string | null | undefined, words?: string | null): string {
  if (!reason || reason === 'none') return words ?? '';
  return maybe(`camera.reason.${reason}`) ?? words ?? reason;
}
/** "Lost 4 min ago · no answer": what stands over a picture that is not of now. */
export function standing(camera: Camera): string {
  const since = camera.since === null ? '' : age(clock.now - camera.since, i18n.language);
  if (camera.state === 'off') return t('camera.state.off');
  if (camera.state === 'live') return t('camera.state.live');
  const head = camera.state === 'lost' ? (since ? t('camera.lostFor', { age: since }) : t('camera.state.lost')) : t('camera.state.waiting');
  return [head, reasonText(camera.reason, camera.words)].filter(Boolean).join(' · ');
}
/** How it goes with what the camera notices itself. */
export function eventsText(camera: Camera): string {
  return camera.events ? t(`camera.events.${camera.events.state}`) : '';
}
export function codecName(codec: string | null | undefined): string {
  if (!codec) return '—';
  if (/^(avc|h264)/i.test(codec)) return 'H.264';
  if (/^(hvc|hev|h265)/i.test(codec)) return 'H.265';
  return codec;
}
/** "H.264 · 1920 × 1080 · 25 pictures/s · 2,1 Mbit/s" */
export function streamText(camera: Pick<Camera, 'codec' | 'width' | 'height' | 'fps' | 'kbit'>): string {
  const parts = [codecName(camera.codec)];
  if (camera.width && camera.height) parts.push(`${camera.width} × ${camera.height}`);
  if (camera.fps) parts.push(t('camera.fps', { n: num(camera.fps, camera.fps % 1 > 0.05 ? 1 : 0) }));
  if (camera.kbit) parts.push(t('camera.mbit', { n: num(camera.kbit / 1000, 1) }));
  return parts.join(' · ');
}

interface Seen {
  camera: Camera;
  how: 'live' | 'still' | 'past';
  showing: Showing;
  why: string;
  codec: string;
  byStills: boolean;
  busy: boolean;
  /** Why the still did not come. */
  still: string;
  /** The codec of the main stream, where the sub-stream stands in for it. */
  unplayed: string;
}
/** What stands over a picture that does not simply move. */
export function saysOf({ camera, how, showing, why, codec, byStills, busy, still, unplayed }: Seen): string {
  if (how === 'past') {
    if (showing === 'refused') return why || t('camera.refused');
    if (showing === 'unplayable') return t('camera.unplayablePast', { codec: codecName(codec) });
    if (showing === 'ended') return reasonText(why);
    return showing === 'opening' || showing === 'stalled' ? t('camera.opening') : '';
  }
  if (camera.state !== 'live') return standing(camera);
  if (byStills && showing === 'unplayable' && how === 'live') return t(still ? 'camera.unplayableNone' : 'camera.unplayable', { codec: codecName(codec) });
  if (byStills) return still || (busy ? t('camera.busy') : '');
  if (showing === 'stalled') return reasonText(why === 'no_data' ? '' : why) || t('camera.stalled');
  if (showing === 'refused') return why || t('camera.refused');
  if (showing === 'ended') return reasonText(why) || t('camera.stalled');
  if (showing === 'opening') return t('camera.opening');
  return unplayed ? t('camera.unplayableMain', { codec: codecName(unplayed) }) : '';
}
