/** How a device, a codec and a value are spoken of. */
import type { Codec, LoraDevice, LoraSource } from '../api/lorawan-types';
import { when } from '../i18n/dates';
import { i18n, num, t } from '../i18n/i18n.svelte';
import { nbsp } from '../i18n/number';
import { live } from '../stores/live.svelte';
import { session } from '../stores/session.svelte';
import { clock } from '../stores/clock.svelte';
import { unitText } from '../lib/units';
import { agoText } from '../lib/words';

export function nameOf(device: LoraDevice): string {
  return device.name || device.dev_eui;
}
export function seenText(device: LoraDevice): string {
  return device.last_seen ? agoText(Date.parse(device.last_seen)) : t('lora.never');
}
/** Share of the uplinks that were sent and did not come, in per cent; null while nothing is known. */
export function lossOf(device: Pick<LoraDevice, 'received' | 'lost'>): number | null {
  const sent = device.received + device.lost;
  return sent > 0 ? (100 * device.lost) / sent : null;
}
const measured = (value: number | null, unit: string, digits: number): string => (value === null ? '—' : num(value, digits) + nbsp + unitText(unit));
export const percent = (value: number | null, digits = 0): string => measured(value, '%', digits);
export const decibel = (value: number | null, unit = 'dB'): string => measured(value, unit, unit === 'dBm' ? 0 : 1);
export function lossText(device: LoraDevice): string {
  const loss = lossOf(device);
  return percent(loss, loss !== null && loss > 0 && loss < 10 ? 1 : 0);
}
export function timeText(at: string): string {
  return when(Date.parse(at), clock.now, i18n.language);
}
/** "Works", "2 strikes of 3", "Disabled". */
export function standing(codec: Codec): string {
  if (codec.disabled) return t('lora.disabled');
  return codec.strikes ? t('lora.strikes', { n: codec.strikes }) : t('lora.works');
}
/** Microseconds as people read them. */
export function tookText(us: number): string {
  return us < 1000 ? `${num(us, 0)}${nbsp}${t('lora.us')}` : `${num(us / 1000, us < 10_000 ? 2 : 0)}${nbsp}${t('lora.ms')}`;
}
/** One value of an answer: text in quotes, so that "12" is no number. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return String(value).replace('-', '−');
  return JSON.stringify(value) ?? '—';
}
/** "temperature 27.2 · humidity 56.5": an answer in one line; what lies deeper stays JSON. */
export function gist(data: unknown): string {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data === undefined || data === null ? '—' : shown(data);
  const short = (value: unknown): string => (typeof value === 'number' ? num(value) : typeof value === 'string' ? value : shown(value));
  return Object.entries(data).map(([name, value]) => `${name} ${short(value)}`).join(' · ') || '—';
}
export function json(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? '';
}
/** Codecs and profiles are the whole town's. */
export function refusal(): string | null {
  if (!session.may('engineer')) return t('lora.notAllowed');
  return live.offline ? t('offline.refused') : null;
}
export function serverName(kind: LoraSource['kind']): string {
  return { chirpstack: 'ChirpStack', tts: 'The Things Stack' }[kind];
}
