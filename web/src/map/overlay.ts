/** Which call-outs and tags there are, and what they say. Their places are worked out in place.ts. */
import type { Alarm } from '../api/types';
import { i18n, num, t } from '../i18n/i18n.svelte';
import { mainStream } from '../lib/streams';
import { freshness } from '../lib/trust';
import { decimalsOf } from '../lib/units';
import { alarmAge, alarmState, alarmTitle, alarmValue, labelOf } from '../lib/words';
import type { Place, Registry } from '../stores/town.svelte';
import type { Reading } from '../stores/values.svelte';
import { located, type Shown, tagged } from './features';

export const mostCallouts = 5;

export interface Callout {
  alarm: Alarm;
  thing: Place & { lon: number; lat: number };
  title: string;
  note: string;
}
export interface Tag {
  thing: Place & { lon: number; lat: number };
  label: string;
  text: string;
  round: boolean;
  stale: boolean;
}

/** The unanswered first, then by severity; one for each thing. */
export function calloutsOf(registry: Registry, shown: Shown, worst: Map<number, Alarm>): Callout[] {
  void i18n.language;
  const rank = (alarm: Alarm): number => (alarm.handling === 'unacknowledged' ? 0 : 10) + alarm.severity;
  const candidates = [...worst.values()].filter((alarm) => alarm.severity < 4).sort((a, b) => rank(a) - rank(b) || b.raised - a.raised);
  const chosen: Callout[] = [];
  for (const alarm of candidates) {
    const thing = registry.byId.get(alarm.thing);
    if (!located(thing) || !shown[thing.layer]) continue;
    const { value, limit } = alarmValue(alarm);
    const head = value === '—' ? alarmTitle(alarm) : value;
    const second = [limit && t('graph.limit', { value: num(alarm.limit ?? 0) }), alarm.acknowledged ? alarmState(alarm) : alarmAge(alarm)].filter(Boolean).join(' · ');
    chosen.push({ alarm, thing, title: `${alarm.exercise && value !== '—' ? `${t('exercise.mark')} · ` : ''}${labelOf(thing)} · ${head}`, note: second });
    if (chosen.length === mostCallouts) break;
  }
  return chosen;
}

export function tagsOf(registry: Registry, shown: Shown, skip: ReadonlySet<number>, now: number, peek: (id: number) => Reading | undefined): Tag[] {
  void i18n.language;
  const tags: Tag[] = [];
  for (const thing of registry.things) {
    if (!tagged.has(thing.kind) || !located(thing) || !shown[thing.layer] || skip.has(thing.id)) continue;
    const stream = mainStream(thing);
    const reading = stream && peek(stream.id);
    const number = typeof reading?.value === 'number' ? reading.value : null;
    const round = thing.kind === 'air_station';
    const text = number === null ? '—' : num(number, round ? 0 : decimalsOf(stream ?? undefined, number)) + (round ? '' : '°');
    tags.push({ thing, label: labelOf(thing), text, round, stale: !reading || freshness(now - reading.at, stream?.interval_ms) !== 'fresh' });
  }
  return tags;
}

/** "300 m" or "1 km": the longest round length that fits into `pixels`. */
export function scale(metresPerPixel: number, pixels: number): { metres: number; width: number; text: string } {
  const most = metresPerPixel * pixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = power * (most >= 5 * power ? 5 : most >= 3 * power ? 3 : most >= 2 * power ? 2 : 1);
  const text = metres >= 1000 ? `${num(metres / 1000)} ${t('unit.km')}` : `${num(metres)} ${t('unit.m')}`;
  return { metres, width: metres / metresPerPixel, text };
}
