import type { AuditEntry, Person, Scope } from '../api/people';
import { age, when } from '../i18n/dates';
import { i18n, maybe, t } from '../i18n/i18n.svelte';
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
/** "user asem", "token report", "system qala", as people say it. */
export function actorName(entry: AuditEntry): string {
  const [kind, ...rest] = entry.actor.split(' ');
  if (kind === 'token') return t('audit.machine', { name: rest.join(' ') });
  return kind === 'system' ? t('audit.system') : rest.join(' ');
}
export function actionName(entry: AuditEntry): string {
  return maybe(`did.${entry.action}`) ?? entry.action;
}
