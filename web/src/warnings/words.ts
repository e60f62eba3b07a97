/** How a warning and its state are spoken of. */
import type { Severity } from '../api/types';
import type { Warning } from '../api/warning-types';
import { when } from '../i18n/dates';
import { i18n, pick, t } from '../i18n/i18n.svelte';
import { clock } from '../stores/clock.svelte';
import { live } from '../stores/live.svelte';
import { session } from '../stores/session.svelte';
import { warnings } from './warnings.svelte';

export function headline(warning: Warning): string {
  return warning.texts[i18n.language].headline || warning.texts.kk.headline;
}
/** As the residents' page says it. */
export function severityName(severity: Warning['severity']): string {
  return warnings.setup?.shown[i18n.language][severity] ?? '';
}
export function hazardName(hazard: Warning['hazard']): string {
  return pick(warnings.setup?.templates.find((one) => one.hazard === hazard)?.event);
}
export function areaName(warning: Warning): string {
  return pick(warning.area.name);
}
export function timeText(at: number): string {
  return when(at, clock.now, i18n.language);
}
/** "Waits for a second person", "In force until 20:00". */
export function stateText(warning: Warning): string {
  if (warning.state === 'draft') return t(warning.needs_approval ? 'warn.waits' : 'warn.state.draft');
  if (warning.state === 'in_force') return t('warn.holds', { time: timeText(warning.expires) });
  return warning.state === 'cancellation' ? t('warn.type.cancel') : t(`warn.state.${warning.state}`);
}
/** The shape beside it: those of alarms, so that severe looks severe everywhere. */
export function glyphOf(warning: Pick<Warning, 'severity'>): Severity {
  return ({ extreme: 1, severe: 2, moderate: 3, minor: 4, unknown: 5 } as const)[warning.severity];
}
/** Warnings are the whole town's. */
export function refusal(): string | null {
  if (!session.may('operator')) return t('warn.notAllowed');
  return live.offline ? t('offline.refused') : null;
}
/** Why this person cannot approve that draft; null: he can. */
export function approveRefusal(warning: Warning): string | null {
  return refusal() ?? (warning.written_by === session.user?.name ? t('error.warning.same_person') : null);
}
export function publishRefusal(warning: Warning): string | null {
  return refusal() ?? (warning.needs_approval ? t('error.warning.second_person') : null);
}
