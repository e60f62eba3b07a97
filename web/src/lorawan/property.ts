/** Observed properties of the town's catalogue, by key. */
import type { Property } from '../api/types';
import { pick } from '../i18n/i18n.svelte';
import { town } from '../stores/town.svelte';

export function properties(): Property[] {
  return [...town.registry.properties.values()].sort((a, b) => pick(a.name).localeCompare(pick(b.name), 'ru'));
}
export function propertyByKey(key: string | null): Property | undefined {
  return key ? [...town.registry.properties.values()].find((one) => one.key === key) : undefined;
}
export function propertyName(key: string | null): string {
  return pick(propertyByKey(key)?.name);
}
