/** The picture as it stands, as a file. What is kept is what was seen: masks stay where they were. */
import { localName } from '../i18n/dates';
import { clock } from '../stores/clock.svelte';

export function fileName(key: string, at: number): string {
  return `${key.replace(/[^\p{L}\p{N}_-]+/gu, '-')}-${localName(Math.round(at / 1000) * 1000).replaceAll(':', '-')}.jpg`;
}
/** `frame` holds the video or the still of one camera. */
export function snapshotOf(frame: HTMLElement, key: string, at: number | null, done: (ok: boolean) => void): void {
  const still = frame.querySelector('img');
  const video = frame.querySelector('video');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = still ? [still.naturalWidth, still.naturalHeight] : [video?.videoWidth ?? 0, video?.videoHeight ?? 0];
  const source = still ?? video;
  if (!source || !canvas.width) return done(false);
  canvas.getContext('2d')?.drawImage(source, 0, 0);
  canvas.toBlob((blob) => {
    if (!blob) return done(false);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = fileName(key, at ?? clock.exact());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    done(true);
  }, 'image/jpeg', 0.92);
}
