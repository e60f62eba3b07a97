import { num, pick } from '../i18n/i18n.svelte';
import { nbsp } from '../i18n/number';
import { labelOf } from '../lib/words';
import { town } from '../stores/town.svelte';

export function percent(value: number | null, decimals = 0): string {
  return value === null ? '—' : num(value, decimals) + nbsp + '%';
}
/** "LG-22 · Gateway is silent" */
export function nameOf(rule: string, thing: number): string {
  const place = town.registry.byId.get(thing);
  return `${place ? labelOf(place) : `№${thing}`} · ${pick(town.rules.get(rule)?.name) || rule}`;
}
