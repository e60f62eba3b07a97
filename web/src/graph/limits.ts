/** The limits of a datastream as its graph shows them: from the rules that watch it. */
import { num, t } from '../i18n/i18n.svelte';
import { appliesTo } from '../lib/applies';
import { keyOf } from '../lib/streams';
import { alarms } from '../stores/alarms.svelte';
import type { Place, Stream } from '../stores/town.svelte';
import { town } from '../stores/town.svelte';
import type { Limit } from './plot';

const scale: Record<string, number> = { 'µg/m³': 1e-6, 'mg/m³': 1e-3, W: 1, kW: 1e3, MW: 1e6, 'm/s': 1, 'km/h': 1 / 3.6, Wh: 1, kWh: 1e3, MWh: 1e6 };

/** A rule's limit in the datastream's unit; null if the two cannot be compared. */
export function inUnit(limit: number, from: string | null | undefined, to: string | null | undefined): number | null {
  if (!from || !to || from === to) return limit;
  const [a, b] = [scale[from], scale[to]];
  return a && b ? Number(((limit * a) / b).toPrecision(6)) : null;
}

/** A rule that holds always colours all that lies outside; one of certain times only what its open alarm speaks of. */
export function since(when: string, alarm: { condition: string; raised: number } | undefined): number {
  if (when === 'always') return -Infinity;
  return alarm?.condition === 'active' ? alarm.raised : Infinity;
}

export function limitsFor(thing: Place, stream: Stream): Limit[] {
  const found: Limit[] = [];
  for (const rule of town.rules.values()) {
    if ((rule.comparison !== '>' && rule.comparison !== '<') || !appliesTo(rule, thing, stream)) continue;
    const value = inUnit(rule.limit, rule.unit, stream.unit || stream.info?.unit);
    if (value === null) continue;
    const above = rule.comparison === '>';
    const same = found.find((limit) => limit.above === above);
    if (same && (above ? same.value <= value : same.value >= value)) continue;
    if (same) found.splice(found.indexOf(same), 1);
    const alarm = alarms.byThing.get(thing.id);
    found.push({
      value, above, severity: rule.severity, text: t('graph.limit', { value: num(value) }),
      since: since(rule.when, alarm?.rule === rule.key ? alarm : undefined),
    });
  }
  return found;
}
/** Amounts begin at zero; temperatures, levels and voltages need not. */
export function startsAtZero(stream: Stream): boolean {
  return !/temperature|dew|voltage|pressure|frequency|rssi|snr|latitude|longitude|level|snow|battery/.test(keyOf(stream));
}
