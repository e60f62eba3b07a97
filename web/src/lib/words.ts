/** Sentences about alarms, things and errors, put together from the catalogues. */
import { ApiError } from '../api/api';
import type { Alarm, Thing } from '../api/types';
import { age, hm, when } from '../i18n/dates';
import { i18n, maybe, num, pick, t } from '../i18n/i18n.svelte';
import { nbsp } from '../i18n/number';
import { facts } from '../signin/facts.svelte';
import { clock } from '../stores/clock.svelte';
import { town, type Stream } from '../stores/town.svelte';
import { digitsApart, signOf } from './compare';
import { unitText } from './units';

/** What is practised only says so first, wherever its name stands. */
export function ruleName(alarm: Alarm): string {
  const name = pick(town.rules.get(alarm.rule)?.name) || alarm.rule;
  return alarm.exercise ? `${t('exercise.mark')} · ${name}` : name;
}
/** "Feeder out: 38 lamps" — the rule's name, and how much lies behind this one cause. */
export function alarmTitle(alarm: Alarm): string {
  const covers = alarm.covers > 1 ? ` · ${t('alarm.covers', { n: alarm.covers })}` : '';
  const times = alarm.count > 1 ? ` · ${t('alarm.times', { n: alarm.count })}` : '';
  return ruleName(alarm) + covers + times;
}
export function thingName(id: number): string {
  const thing = town.registry.byId.get(id);
  return thing ? thing.name || thing.key : `№${id}`;
}
/** What people call it where room is short: the name if it is as short as a code, else the code. */
export function labelOf(thing: Thing): string {
  return thing.name && thing.name.length <= 14 ? thing.name : thing.key;
}
/** "ЖП-3 · Орталық": the place follows the name that people know. */
export function alarmPlace(alarm: Alarm): string {
  const thing = town.registry.byId.get(alarm.thing);
  return [thing ? labelOf(thing) : `№${alarm.thing}`, town.whereabouts(thing)].filter(Boolean).join(' · ');
}
/** The value that raised it, and its limit with the sign between them: "99 %" and "> 90". */
export function alarmValue(alarm: Alarm): { value: string; limit: string } {
  if (alarm.comparison === 'silent' || alarm.value === null) return { value: '—', limit: '' };
  const stream = town.registry.streams.get(alarm.datastream ?? -1);
  const unit = unitText(alarm.unit || stream?.unit || stream?.info?.unit);
  const withUnit = (text: string): string => text + (unit ? nbsp + unit : '');
  if (typeof alarm.value !== 'number') return { value: withUnit(String(alarm.value)), limit: '' };
  const usual = Math.abs(alarm.value) >= 100 ? 0 : (stream?.info?.decimals ?? 2);
  const digits = alarm.limit === null ? usual : digitsApart(alarm.value, alarm.limit, usual);
  const number = (value: number): string => num(Number(value.toFixed(digits)));
  const sign = alarm.limit === null ? '' : signOf(alarm.value, alarm.limit, alarm.comparison);
  return { value: withUnit(number(alarm.value)), limit: sign && alarm.limit !== null ? `${sign}${nbsp}${number(alarm.limit)}` : '' };
}
export function alarmState(alarm: Alarm): string {
  const now = clock.now;
  if (alarm.acknowledged) {
    const time = when(alarm.acknowledged.at, now, i18n.language);
    return t('alarm.acknowledgedAt', { time });
  }
  return alarm.condition === 'cleared' ? t('alarm.clearedUnanswered') : t('alarm.unacknowledged');
}
export function alarmAge(alarm: Alarm): string {
  return age((alarm.cleared ?? clock.now) - alarm.raised, i18n.language);
}
export function alarmSince(alarm: Alarm): string {
  return when(alarm.raised, clock.now, i18n.language);
}
/** All of it in one sentence, for screen readers. */
export function alarmSentence(alarm: Alarm): string {
  const { value, limit } = alarmValue(alarm);
  return [t(`severity.${alarm.severity}`), alarmTitle(alarm), alarmPlace(alarm), `${value} ${limit}`.trim(), hm(alarm.raised), alarmState(alarm)].join(', ');
}

export function kindName(kind: string): string {
  return maybe(`kind.${kind}`) ?? kind;
}
/** Short where there is a short word: it stands beside its thing. The catalogue's full name else. */
export function streamName(stream: Stream): string {
  return (stream.info && maybe(`short.${stream.info.key}`)) || pick(stream.info?.name) || stream.name || stream.key;
}
export function agoText(at: number): string {
  return t('value.ago', { age: age(clock.now - at, i18n.language) });
}
export function titleOf(thing: Thing): string {
  return thing.name || thing.key;
}

/** What went wrong, in the language of the screen: by code, else by kind. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.internal');
  const params = { wait: error.retryAfter ?? 60, n: facts.leastLength };
  return maybe(`error.${error.code}`, params) ?? maybe(`error.${error.kind}`, params) ?? t('error.internal');
}
