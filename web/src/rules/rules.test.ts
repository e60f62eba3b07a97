import { beforeEach, describe, expect, it } from 'vitest';
import type { Alarm, OutOfServicePair, Rule, ThingsAnswer } from '../api/types';
import { i18n, languages } from '../i18n/i18n.svelte';
import { exact } from '../i18n/number';
import { rowsAside } from '../alarms/aside';
import { ruleName } from '../lib/words';
import { indexed, town } from '../stores/town.svelte';
import { emptyRule, judged, keyFrom, numberFrom, same, secondsFrom } from './draft';
import { badField } from './refusal';
import { daysText, lasting, says } from './says';

const things: ThingsAnswer = {
  generation: 1,
  zones: [{ id: 1, key: 'orta', name: { kk: 'Орталық', ru: 'Центр', en: 'Centre' } }],
  properties: [{ id: 1, key: 'pm2_5', name: { kk: 'PM2,5', ru: 'PM2,5', en: 'PM2.5' }, unit: 'µg/m³', decimals: 1 }],
  things: [{ id: 7, key: 'AB-4', name: 'AB-4', kind: 'air_station', zone: 1, datastreams: [{ id: 1, key: 'pm2_5', name: 'PM2.5', property: 1, unit: 'µg/m³', interval_ms: 60_000 }] }],
};
const rule = (change: Partial<Rule> = {}): Rule => ({
  ...emptyRule(), key: 'pm', name: { kk: 'а', ru: 'б', en: 'c' }, kind: 'air_station', property: 'pm2_5', limit: 75, clear: 60, for_s: 600, severity: 2, ...change,
});
beforeEach(() => {
  town.registry = indexed(things);
  i18n.language = 'en';
});

describe('what a rule says', () => {
  it('names limit, duration, hours and when it clears', () => {
    const text = says(rule({ schedule: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '18:00', to: '08:00' } }));
    expect(text.replace(/\u00a0/g, ' ')).toBe('Raises a high alarm when PM2.5 (air station) is above 75 µg/m³ for 10 min, Mon–Fri 18:00–08:00. Clears at 60 µg/m³ or below.');
  });
  it('follows the language', () => {
    i18n.language = 'kk';
    expect(says(rule())).toContain('жоғары дабыл көтереді');
    i18n.language = 'ru';
    expect(says(rule())).toContain('Поднимает тревогу «высокая»');
  });
  it('joins further conditions, in every language', () => {
    const many = rule({ or: [{ property: 'pm10', comparison: '>', limit: 150, clear: 150 }], and: [{ property: 'temperature', comparison: '<', limit: -20, clear: -20, or: [] }] });
    for (const language of languages) {
      i18n.language = language;
      for (const part of ['75', '150', '−20']) expect(says(many)).toContain(part);
    }
  });
  it('speaks of silence, standing still and fast change', () => {
    expect(says(rule({ comparison: 'silent', limit: 3, property: null }))).toContain('3 expected intervals');
    expect(says(rule({ comparison: 'frozen', limit: 0, for_s: 3600 }))).toContain('stands still for 1\u00a0h');
    expect(says(rule({ comparison: 'rate', limit: -5, for_s: 0 }))).toContain('falls by more than 5');
  });
  it('puts days together that follow each other', () => {
    expect(daysText(['mon', 'tue', 'wed', 'sat'])).toBe('Mon–Wed, Sat');
    expect(daysText(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).toBe('');
  });
});

describe('a rule while it is edited', () => {
  it('is the same whatever the server says of it besides, and in whatever order', () => {
    expect(same(rule(), { ...rule(), origin: 'file', overrides: true, revision: 'x' })).toBe(true);
    expect(same(rule(), rule({ limit: 76 }))).toBe(false);
  });
  it('is tried anew for what decides when it fires, not for its name', () => {
    expect(judged(rule())).toBe(judged(rule({ name: { kk: 'x', ru: 'y', en: 'z' }, severity: 1, enabled: false })));
    expect(judged(rule())).not.toBe(judged(rule({ for_s: 0 })));
  });
  it('takes durations and numbers as people of three languages write them', () => {
    expect(['45', '45 s', '10 min', '10 мин', '1 h 30 min', '1 ч 30 мин', '1 сағ 30 мин', '2 күн'].map(secondsFrom)).toEqual([45, 45, 600, 600, 5400, 5400, 5400, 172_800]);
    expect(['soon', '', '10 parsecs'].map(secondsFrom)).toEqual([null, null, null]);
    expect(['61,8', '−27', '1 000', 'x', ''].map(numberFrom)).toEqual([61.8, -27, 1000, null, null]);
  });
  it('comes back from its fields as it went in, in every language', () => {
    for (const language of languages) {
      i18n.language = language;
      for (const value of [5000, 1_234_567.25, 0.0004, -2750, 61.8]) expect(numberFrom(exact(value, language))).toBe(value);
      for (const seconds of [0, 45, 90, 600, 5400, 5430, 86_400, 864_000 + 3661]) expect(secondsFrom(lasting(seconds))).toBe(seconds);
    }
  });
  it('takes a comma that groups in English for that', () => {
    expect(['5,500', '1,234,567.5', '61,8'].map(numberFrom)).toEqual([5500, 1_234_567.5, 61.8]);
    i18n.language = 'ru';
    expect(numberFrom('5,500')).toBe(5.5);
  });
  it('gets its key from the English name', () => {
    expect(keyFrom('PM2.5 stays high!')).toBe('pm2_5_stays_high');
  });
  it('is refused with the name of the field', () => {
    expect(badField('and[0].limit: must be a number')).toBe('Please check: Limit');
    expect(badField('name.kk: must not be empty')).toBe('Please check: Name in Kazakh');
  });
});

describe('what is practised', () => {
  it('says so first, wherever the name of an alarm stands', () => {
    const alarm = { rule: 'pm', thing: 7 } as Alarm;
    expect(ruleName(alarm)).toBe('pm');
    expect(ruleName({ ...alarm, exercise: true })).toBe('EXERCISE · pm');
  });
});

describe('what is put aside', () => {
  it('lists pairs out of service that raise nothing now', () => {
    const pair: OutOfServicePair = { rule: 'pm', thing: 7, at: 1, by: 'asem', reason: 'repair', alarm: null };
    const rows = rowsAside('service', [], [pair]);
    expect(rows.map(({ by, reason, alarm, where }) => [by, reason, alarm, where])).toEqual([['asem', 'repair', null, 'AB-4 · Centre']]);
  });
});
