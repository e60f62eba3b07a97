/** A rule while it is edited: what a new one begins with, when two are the same, how it is made valid by hand. */
import type { Rule, RuleTerm } from '../api/types';
import { i18n } from '../i18n/i18n.svelte';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const comparisons = ['>', '<', 'rate', 'silent', 'frozen'] as const;
export const whens = ['always', 'night', 'heating_season'] as const;

export const emptyTerm = (): RuleTerm => ({ property: '', comparison: '>', limit: 0, clear: 0 });
export function emptyRule(): Rule {
  return {
    key: '', name: { kk: '', ru: '', en: '' }, kind: null, zone: null, property: null, selector: null, comparison: '>', limit: 0, clear: 0,
    unit: null, for_s: 0, per_s: 600, when: 'always', schedule: null, quiet: null, or: [], and: [], severity: 3, enabled: true, explained_by: [],
  };
}
const ofServer = ['origin', 'overrides', 'revision'];
function without<T extends object>(value: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) as T;
}
/** What the server is sent: the fields of a rule, without what it says of it besides. */
export function bare(rule: Rule): Rule {
  return structuredClone(without(rule, ofServer));
}
export const same = (a: Rule, b: Rule): boolean => JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));
/** Only what decides when it fires: another name is no reason to try it anew. */
export function judged(rule: Rule): string {
  return JSON.stringify(ordered(without(rule, [...ofServer, 'name', 'severity', 'enabled', 'explained_by', 'key'])));
}
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value === '' ? null : value;
  return Object.fromEntries(
    Object.entries(without(value, ofServer))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}
/** "PM2.5 stays high" → "pm2_5_stays_high"; letters that a key cannot have are left out. */
export function keyFrom(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 64);
}
/** "10 min", "1 h 30 min", "45", "45 s": seconds; null if it is none of these. */
export function secondsFrom(text: string): number | null {
  const unit: Record<string, number> = { s: 1, с: 1, sec: 1, сек: 1, m: 60, м: 60, min: 60, мин: 60, h: 3600, ч: 3600, сағ: 3600, d: 86_400, д: 86_400, күн: 86_400 };
  const trimmed = text.trim().toLowerCase();
  if (/^\d+$/.test(trimmed)) return Number(trimmed);
  let sum = 0;
  const left = trimmed.replace(/(\d+)\s*([a-zа-яғәіңөұүқһ]+)\.?/gu, (whole, digits: string, word: string) => {
    const factor = unit[word];
    if (factor === undefined) return whole;
    sum += Number(digits) * factor;
    return '';
  });
  return left.trim() === '' && trimmed !== '' ? sum : null;
}
/** A number as people of the three languages write it. In English a comma before three digits groups: 5,500 is no 5.5. */
export function numberFrom(text: string): number | null {
  const bare = text.trim().replace(/[\u00a0\u202f ]/g, '').replace('−', '-');
  const grouped = i18n.language === 'en' && /^-?\d{1,3}(,\d{3})+(\.\d*)?$/.test(bare);
  const plain = grouped ? bare.replaceAll(',', '') : bare.replace(',', '.');
  const value = Number(plain);
  return plain === '' || !Number.isFinite(value) ? null : value;
}
