/** What a recipient hears and how it fares, in short words. */
import type { Recipient } from '../api/notify-types';
import { when } from '../i18n/dates';
import { i18n, maybe, t } from '../i18n/i18n.svelte';
import { clock } from '../stores/clock.svelte';
import { told } from './told';

export const events = ['raised', 'raised_again', 'escalated', 'cleared'] as const;
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export function channelName(channel: Recipient['channel']): string {
  return t(`notify.channel.${channel}`);
}
export function eventName(event: string): string {
  return maybe(`notify.event.${event}`) ?? event;
}
const time = (at: number): string => when(at, clock.now, i18n.language);

/** "1–2 · raised, over · after 5 min" */
export function hears(one: Recipient): string {
  const severities = one.severities.length === 0 ? t('notify.allSeverities') : t('notify.severities', { list: [...one.severities].sort().join(', ') });
  const parts = [severities, one.events.map(eventName).join(', ')];
  if (one.zones.length) parts.push(t('notify.zonesCount', { n: one.zones.length }));
  if (one.kinds.length) parts.push(t('notify.kindsCount', { n: one.kinds.length }));
  if (one.hours.length) parts.push(t('notify.inHours'));
  if (one.delay_s) parts.push(t('notify.afterMinutes', { n: Math.round(one.delay_s / 60) }));
  return parts.join(' · ');
}
export interface Fare {
  text: string;
  detail: string;
  bad: boolean;
}
export function fares(one: Recipient): Fare {
  const { failing_since: failing, failure, last_sent: sent, waiting, left_out: left } = one.standing;
  const queue = waiting + left > 0 ? t('notify.waiting', { n: waiting + left }) : '';
  if (failing !== null) return { text: t('notify.failing', { time: time(failing) }), detail: [told(failure ?? ''), queue].filter(Boolean).join(' · '), bad: true };
  if (one.paused) return { text: t('notify.paused'), detail: '', bad: false };
  return { text: sent === null ? t('notify.never') : t('notify.sent', { time: time(sent) }), detail: queue, bad: false };
}
