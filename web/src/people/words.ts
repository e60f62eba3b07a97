import type { Person, Scope } from '../api/people';
import { age, when } from '../i18n/dates';
import { i18n, t } from '../i18n/i18n.svelte';
import { clock } from '../stores/clock.svelte';

export function scopeName(scope: Scope): string {
  return t(`scope.${scope}`);
}
/** What is unusual about a user just now; empty: nothing. */
export function standing(person: Person): string {
  if (person.locked_s > 0) return t('people.locked', { age: age(person.locked_s * 1000, i18n.language) });
  if (!person.link_expires) return '';
  return t(Date.parse(person.link_expires) > clock.now ? 'people.linkOut' : 'people.linkOver');
}
export function lastTime(iso: string | null | undefined, never: string): string {
  return iso ? when(Date.parse(iso), clock.now, i18n.language) : never;
}
