/** This browser's subscription to push messages. The browser's own push service brings them, encrypted for it alone. */
import type { PushSubscriptionBody } from '../api/notify-types';

export type PushState = 'unsupported' | 'denied' | 'off' | 'on';
const worker = '/control/push.js';
const scope = '/control/';
const kept = 'qala.push';

/** Browsers push to secure pages only: HTTPS, or this machine itself. */
export function supported(): boolean {
  return isSecureContext && 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
}
async function current(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(scope);
  return (await registration?.pushManager.getSubscription()) ?? null;
}
/** The recipient that this browser is, as the server called it. */
export function ownRecipient(): number | null {
  return Number(localStorage.getItem(kept)) || null;
}
export function keepRecipient(id: number | null): void {
  if (id === null) localStorage.removeItem(kept);
  else localStorage.setItem(kept, String(id));
}
export async function state(): Promise<PushState> {
  if (!supported()) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  return (await current()) && ownRecipient() !== null ? 'on' : 'off';
}
/** base64url to the bytes that PushManager wants. */
export function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
export function bodyOf(subscription: PushSubscriptionJSON): PushSubscriptionBody {
  const { endpoint = '', keys = {} } = subscription;
  return { endpoint, keys: { p256dh: keys['p256dh'] ?? '', auth: keys['auth'] ?? '' } };
}
/** Asks the person, then the browser's push service. Null: the person said no. Throws what the browser says. */
export async function subscribe(key: string): Promise<PushSubscriptionBody | null> {
  if ((await Notification.requestPermission()) !== 'granted') return null;
  await navigator.serviceWorker.register(worker, { scope });
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: keyBytes(key) });
  return bodyOf(subscription.toJSON());
}
export async function unsubscribe(): Promise<void> {
  await (await current())?.unsubscribe();
  keepRecipient(null);
}
