/** What a panel says beside its figure: what it should be, what is abnormal, what else there is to say. */
import type { Alarm, UsualAnswer } from '../api/types';
import { hm } from '../i18n/dates';
import { num, t } from '../i18n/i18n.svelte';
import { nbsp } from '../i18n/number';
import type { Layer } from '../lib/layers';
import { unitText } from '../lib/units';
import { alarmValue, labelOf, ruleName } from '../lib/words';
import { limitsFor } from '../graph/limits';
import { town } from '../stores/town.svelte';
import { values } from '../stores/values.svelte';
import { linesOf, standingOf } from './lines';
import type { Question } from './questions';

export interface Words {
  should: string;
  abnormal: string;
  rest: string;
}
function withUnit(value: number, question: Question): string {
  const unit = unitText(question.unit);
  return num(value, question.decimals) + (unit ? nbsp + unit : '');
}
/** A limit has the digits it was given. */
function plain(value: number, question: Question): string {
  const unit = unitText(question.unit);
  return num(value) + (unit ? nbsp + unit : '');
}
function range(low: number, high: number, question: Question): string {
  const [a, b] = [num(low, question.decimals), num(high, question.decimals)];
  return a === b ? a : `${a}–${b}`;
}
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
/** "АБ-4: PM2.5 above the limit, 186 µg/m³ > 160": the value of now, not the one that raised it. */
function abnormalOf(alarm: Alarm): string {
  const thing = town.registry.byId.get(alarm.thing);
  const now = alarm.comparison === '>' || alarm.comparison === '<' ? values.peek(alarm.datastream ?? -1)?.value : undefined;
  const { value, limit } = alarmValue(typeof now === 'number' ? { ...alarm, value: now } : alarm);
  const figures = alarm.covers > 1 ? t('alarm.covers', { n: alarm.covers }) : value === '—' ? '' : `${value} ${limit}`.trim();
  const what = [ruleName(alarm), figures].filter(Boolean).join(', ');
  return `${thing ? labelOf(thing) : `№${alarm.thing}`}: ${what}.`;
}
/** `open`: the field's alarms, most severe first. `note`: what the band on the map says below its figure. */
export function wordsOf(layer: Layer, question: Question | null, line: UsualAnswer | undefined, open: readonly Alarm[], note: string, now: number): Words {
  const told = open.filter((alarm) => alarm.condition === 'active' && alarm.severity < 4);
  const abnormal = told[0] ? abnormalOf(told[0]) : '';
  if (layer === 'devices' || !question) return { should: note, abnormal, rest: '' };
  const standing = line ? standingOf(linesOf(line, question.scale, layer === 'light', now), layer === 'light' ? 0.5 : null) : null;
  const [limit] = question.thing && question.stream ? limitsFor(question.thing, question.stream) : [];
  const should = limit
    ? limit.above ? t('graph.limit', { value: plain(limit.value, question) }) : t('value.needed', { range: `≥${nbsp}${plain(limit.value, question)}` })
    : standing?.usual ? t('overview.usual', { range: range(...standing.usual, question) + (question.unit === '%' ? nbsp + '%' : '') }) : '';
  if (abnormal) return { should, abnormal, rest: open.length > 1 ? t('overview.more', { n: open.length - 1 }) : '' };
  if (!standing || standing.where === 'unknown') return { should, abnormal: '', rest: sentence(note) };
  if (standing.where !== 'inside') return { should, abnormal: t(`overview.${standing.where}`), rest: sentence(note) };
  const extreme = layer === 'water' || layer === 'heat' ? standing.lowest : standing.highest;
  if (layer === 'light' || layer === 'waste' || !extreme) return { should, abnormal: '', rest: [t('overview.inside'), sentence(note)].filter(Boolean).join(' ') };
  const key = extreme === standing.lowest ? 'overview.lowest' : 'overview.highest';
  return { should, abnormal: '', rest: `${t('overview.inside')} ${t(key, { value: withUnit(extreme.value, question), time: hm(extreme.at) })}` };
}
