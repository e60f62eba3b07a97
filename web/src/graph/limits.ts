/** The limits of a datastream as its graph shows them: from the rules that watch it. */
import { num, t } from '../i18n/i18n.svelte';
import { keyOf } from '../lib/streams';
import type { Place, Stream } from '../stores/town.svelte';
import { town } from '../stores/town.svelte';
import type { Limit } from './plot';

export function limitsFor(thing: Place, stream: Stream): Limit[] {
  const found: Limit[] = [];
  for (const rule of town.rules.values()) {
    if (!rule.enabled || (rule.kind && rule.kind !== thing.kind) || rule.property !== keyOf(stream)) continue;
    if (rule.comparison !== '>' && rule.comparison !== '<') continue;
    const above = rule.comparison === '>';
    const same = found.find((limit) => limit.above === above);
    if (same && (above ? same.value <= rule.limit : same.value >= rule.limit)) continue;
    if (same) found.splice(found.indexOf(same), 1);
    found.push({ value: rule.limit, above, severity: rule.severity, text: t('graph.limit', { value: num(rule.limit) }) });
  }
  return found;
}
/** Amounts begin at zero; temperatures, levels and voltages need not. */
export function startsAtZero(stream: Stream): boolean {
  return !/temperature|dew|voltage|pressure|frequency|rssi|snr|latitude|longitude|level|snow|battery/.test(keyOf(stream));
}
