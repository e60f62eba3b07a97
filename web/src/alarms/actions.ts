/** Answering an alarm. Refused with the reason when it cannot be done now; never queued. */
import type { Alarm } from '../api/types';
import { t } from '../i18n/i18n.svelte';
import { alarmPlace, errorText } from '../lib/words';
import { alarms } from '../stores/alarms.svelte';
import { live } from '../stores/live.svelte';
import { session } from '../stores/session.svelte';
import { ui } from '../stores/ui.svelte';

/** Why this alarm cannot be acknowledged now, or null if it can. */
export function refusal(alarm: Alarm | undefined): string | null {
  if (!alarm) return t('alarm.noneSelected');
  if (alarm.handling === 'acknowledged') return t('alarm.alreadyAcknowledged');
  return writeRefusal();
}
export function writeRefusal(): string | null {
  if (!session.may('operator')) return t('alarm.notAllowed');
  return live.offline ? t('offline.refused') : null;
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
  const reason = !alarm ? t('alarm.noneSelected') : dialog === 'history' ? null : dialog === 'service' ? serviceRefusal() : writeRefusal();
  if (reason || !alarm) return ui.announce(reason ?? '');
  ui.select(alarm.thing, alarm.id);
  ui.dialog = dialog;
}
export function comment(alarm: Alarm | undefined): void {
  ask('comment', alarm);
}
export function serviceRefusal(): string | null {
  if (!session.may('engineer')) return t('alarm.serviceNotAllowed');
  return live.offline ? t('offline.refused') : null;
}
/** All that the list shows and nobody has answered; asks first. */
export function askAll(shown: readonly Alarm[]): void {
  const reason = shown.some((alarm) => alarm.handling === 'unacknowledged') ? writeRefusal() : t('alarm.noneWaiting');
  if (reason) return ui.announce(reason);
  ui.dialog = 'all';
}
