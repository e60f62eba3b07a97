/** Rows of what is put aside, shelved alarms or pairs out of service. */
import type { Alarm, OutOfServicePair } from '../api/types';
import { pick } from '../i18n/i18n.svelte';
import { alarmPlace, alarmTitle, titleOf } from '../lib/words';
import { town } from '../stores/town.svelte';

export interface AsideRow {
  id: string;
  rule: string;
  thing: number;
  alarm: Alarm | null;
  what: string;
  where: string;
  until: number | null;
  by: string;
  at: number;
  reason: string;
}
function placeOf(id: number): string {
  const thing = town.registry.byId.get(id);
  return thing ? [titleOf(thing), town.whereabouts(thing)].filter(Boolean).join(' · ') : `№${id}`;
}
/**
 * The row that keys act on: the chosen one, before one is chosen that of the alarm, or the first. Once the chosen one is gone
 * there is none: a key pressed again must not act on what has moved into its place.
 */
export function rowAside(rows: readonly AsideRow[], chosen: string | null, alarm: number | null): AsideRow | undefined {
  if (chosen !== null) return rows.find(({ id }) => id === chosen);
  return rows.find((row) => row.alarm && row.alarm.id === alarm) ?? rows[0];
}
export function rowsAside(view: 'shelved' | 'service', alarms: readonly Alarm[], pairs: readonly OutOfServicePair[]): AsideRow[] {
  if (view === 'shelved') {
    return alarms.flatMap((alarm) =>
      alarm.shelved ? [{ id: `alarm ${alarm.id}`, rule: alarm.rule, thing: alarm.thing, alarm, what: alarmTitle(alarm), where: alarmPlace(alarm), until: alarm.shelved.until, by: alarm.shelved.by, at: alarm.shelved.at, reason: alarm.shelved.reason }] : [],
    );
  }
  return pairs.map((pair) => {
    const alarm = alarms.find((one) => one.rule === pair.rule && one.thing === pair.thing) ?? null;
    return {
      id: `pair ${pair.rule} ${pair.thing}`, rule: pair.rule, thing: pair.thing, alarm, until: null, by: pair.by, at: pair.at, reason: pair.reason,
      what: alarm ? alarmTitle(alarm) : pick(town.rules.get(pair.rule)?.name) || pair.rule,
      where: alarm ? alarmPlace(alarm) : placeOf(pair.thing),
    };
  });
}
