/** Answering an alarm. Refused with the reason when it cannot be done now; never queued. */
import type { Alarm } from '../api/types';
import { t } from '../i18n/i18n.svelte';
import { beyond, partOf, type Part } from '../lib/rights';
import { grantsText } from '../lib/right-words';
import { alarmPlace, errorText } from '../lib/words';
import { alarms } from '../stores/alarms.svelte';
import { live } from '../stores/live.svelte';
import { router } from '../stores/router.svelte';
import { session } from '../stores/session.svelte';
import { town } from '../stores/town.svelte';
import { ui } from '../stores/ui.svelte';
import { subject } from './subject.svelte';

/** Why this alarm cannot be acknowledged now, or null if it can. */
export function refusal(alarm: Alarm | undefined): string | null {
  if (!alarm) return t('alarm.noneSelected');
  if (alarm.handling === 'acknowledged') return t('alarm.alreadyAcknowledged');
  return writeRefusal(alarm);
}
/** Why this alarm cannot be handled now; without one: any. */
export function writeRefusal(alarm?: Alarm): string | null {
  return notAllowed('operator', alarm) ?? (live.offline ? t('offline.refused') : null);
}
export function mayAnswer(alarm: Alarm): boolean {
  return session.may('operator', whereIs(alarm));
}
function whereIs(alarm: Alarm): Part {
  return partOf(alarm, town.registry.byId.get(alarm.thing));
}
/** Neither here nor anywhere, or elsewhere: then it is said where. */
function notAllowed(role: 'operator' | 'engineer', alarm?: Alarm): string | null {
  if (!session.maySomewhere(role)) return t(role === 'operator' ? 'alarm.notAllowed' : 'alarm.serviceNotAllowed');
  if (!alarm || session.may(role, whereIs(alarm))) return null;
  return t('right.elsewhere', { parts: grantsText(beyond(session.user, role)) });
}

export async function acknowledge(alarm: Alarm | undefined): Promise<void> {
  const reason = refusal(alarm);
  if (reason || !alarm) return ui.announce(reason ?? '');
  try {
    await alarms.acknowledge(alarm.id);
    ui.announce(t('alarm.done', { what: alarmPlace(alarm) }));
  } catch (error) {
    ui.announce(errorText(error));
    void alarms.load().catch(() => undefined);
  }
}
/** What is asked in a window of its own: who may not do it, or cannot now, is told why. */
export function ask(dialog: 'comment' | 'shelve' | 'assign' | 'service' | 'history', alarm: Alarm | undefined): void {
  const reason = !alarm ? t('alarm.noneSelected') : dialog === 'history' ? null : dialog === 'service' ? serviceRefusal(alarm) : writeRefusal(alarm);
  if (reason || !alarm) return ui.announce(reason ?? '');
  ui.select(alarm.thing, alarm.id);
  subject.take(alarm);
  ui.dialog = dialog;
}
export function comment(alarm: Alarm | undefined): void {
  ask('comment', alarm);
}
/** To the rule that raised it. */
export function why(alarm: Alarm | undefined): void {
  if (!alarm) return ui.announce(t('alarm.noneSelected'));
  router.go('rules', alarm.rule);
}
export function serviceRefusal(alarm?: Alarm): string | null {
  return notAllowed('engineer', alarm) ?? (live.offline ? t('offline.refused') : null);
}
/** All that the list shows and nobody has answered; asks first. */
export function askAll(shown: readonly Alarm[]): void {
  const waiting = shown.filter((alarm) => alarm.handling === 'unacknowledged');
  // Those that may not be answered are left out; with none left it is said why.
  const first = waiting.find(mayAnswer) ?? waiting[0];
  const reason = first ? writeRefusal(first) : t('alarm.noneWaiting');
  if (reason) return ui.announce(reason);
  ui.dialog = 'all';
}
