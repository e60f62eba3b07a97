/** What a rule says, as one sentence in the language of the screen. */
import type { Rule, RuleHours, RuleTerm } from '../api/types';
import { shortWeekdays, spell } from '../i18n/dates';
import { i18n, maybe, num, pick, t } from '../i18n/i18n.svelte';
import { nbsp } from '../i18n/number';
import { unitText } from '../lib/units';
import { kindName } from '../lib/words';
import { town } from '../stores/town.svelte';
import { weekdays } from './draft';

export function propertyInfo(key: string | null | undefined) {
  if (!key) return undefined;
  for (const stream of town.registry.streams.values()) if (stream.info?.key === key) return stream.info;
  return undefined;
}
export function propertyName(key: string | null | undefined): string {
  if (!key) return '';
  return maybe(`short.${key}`) ?? (pick(propertyInfo(key)?.name) || key);
}
export function zoneNameOf(key: string | null | undefined): string {
  const zone = [...town.registry.zones.values()].find((one) => one.key === key);
  return zone ? pick(zone.name) : (key ?? '');
}
/** "air station · Жағалау · AB-*": what the rule looks at. */
export function addressed(rule: Rule): string {
  const parts = [rule.kind ? kindName(rule.kind) : '', rule.zone ? zoneNameOf(rule.zone) : '', rule.selector ?? ''].filter(Boolean);
  return parts.length ? parts.join(' · ') : t('rule.anything');
}
/** "1 h 30 min", "1 min 30 s": nothing is left out, since it is what a rule waits for. */
export const lasting = (seconds: number): string => spell(seconds, i18n.language);
export function amount(value: number, rule: Rule, property: string | null | undefined = rule.property): string {
  const own = property === rule.property ? rule.unit : null;
  const unit = unitText(own || propertyInfo(property)?.unit);
  return num(value) + (unit ? nbsp + unit : '');
}
/** "Mon–Fri", "Mon, Wed", or nothing where all days count. */
export function daysText(days: readonly string[]): string {
  const names = shortWeekdays(i18n.language);
  const at = weekdays.map((day) => days.includes(day));
  if (at.every(Boolean)) return '';
  const runs: string[] = [];
  for (let from = 0; from < 7; from += 1) {
    if (!at[from]) continue;
    let to = from;
    while (to < 6 && at[to + 1]) to += 1;
    runs.push(to === from ? names[from]! : to === from + 1 ? `${names[from]}, ${names[to]}` : `${names[from]}–${names[to]}`);
    from = to;
  }
  return runs.join(', ');
}
function hoursText(hours: RuleHours): string {
  const span = hours.from === hours.to ? '' : `${hours.from}–${hours.to}`;
  return [daysText(hours.days ?? weekdays), span].filter(Boolean).join(' ');
}
/** Where a rule's `>` stands, in words: "is above 75 µg/m³". */
export function limitText(rule: Rule): string {
  switch (rule.comparison) {
    case '>':
    case '<':
      return `${rule.comparison}${nbsp}${amount(rule.limit, rule)}`;
    case 'rate':
      return `${rule.limit < 0 ? '↓' : '↑'}${nbsp}${amount(Math.abs(rule.limit), rule)} / ${lasting(rule.per_s)}`;
    case 'silent':
      return t('rule.short.silent', { n: rule.limit });
    case 'frozen':
      return t('rule.short.frozen', { time: lasting(rule.for_s) });
  }
}
function termText(term: RuleTerm, rule: Rule): string {
  return t(term.comparison === '<' ? 'rule.cond.below' : 'rule.cond.above', { what: propertyName(term.property) || '…', limit: amount(term.limit, rule, term.property) });
}
function ownCondition(rule: Rule): string {
  const what = propertyName(rule.property) || t('rule.anyValue');
  const where = addressed(rule);
  const named = `${what} (${where})`;
  if (rule.comparison === 'silent') return t('rule.cond.silent', { what: rule.property ? named : where, n: rule.limit });
  if (rule.comparison === 'frozen') return t('rule.cond.frozen', { what: named, time: lasting(rule.for_s) });
  if (rule.comparison === 'rate') {
    const params = { what: named, limit: amount(Math.abs(rule.limit), rule), time: lasting(rule.per_s) };
    return t(rule.limit < 0 ? 'rule.cond.falls' : 'rule.cond.rises', params);
  }
  return t(rule.comparison === '<' ? 'rule.cond.below' : 'rule.cond.above', { what: named, limit: amount(rule.limit, rule) });
}
export function says(rule: Rule): string {
  const either = [ownCondition(rule), ...rule.or.map((term) => termText(term, rule))].join(` ${t('rule.or')} `);
  const both = [either, ...rule.and.map((clause) => [termText(clause, rule), ...clause.or.map((term) => termText(term, rule))].join(` ${t('rule.or')} `))];
  const condition = both.join(`, ${t('rule.and')} `);
  const limits = rule.comparison === '>' || rule.comparison === '<';
  const lasts = rule.for_s > 0 && (limits || rule.comparison === 'rate') ? t('rule.lasting', { time: lasting(rule.for_s) }) : '';
  const times = [
    rule.when !== 'always' ? (maybe(`rule.when.${rule.when}`) ?? rule.when) : '',
    rule.schedule ? hoursText(rule.schedule) : '',
    rule.quiet ? t('rule.quietSays', { from: rule.quiet.from, to: rule.quiet.to }) : '',
  ].filter(Boolean);
  const severity = t(`severity.${rule.severity}`).toLowerCase();
  const sentence = t('rule.says', { severity, condition, lasting: lasts, times: times.length ? `, ${times.join(', ')}` : '' });
  const clears = limits ? t(rule.comparison === '>' ? 'rule.clearsAt' : 'rule.clearsAbove', { clear: amount(rule.clear, rule) }) : '';
  return [sentence, clears, rule.enabled ? '' : t('rule.isDisabled')].filter(Boolean).join(' ');
}
