/** Why a rule may not be changed now, and where a text is wrong. */
import type { ApiError } from '../api/api';
import { maybe, t } from '../i18n/i18n.svelte';
import { live } from '../stores/live.svelte';
import { session } from '../stores/session.svelte';

export function ruleRefusal(): string | null {
  if (!session.maySomewhere('engineer')) return t('rule.notAllowed');
  return live.offline ? t('offline.refused') : null;
}
/** "Line 3, column 7: clear: must not be above limit". What is wrong is the server's own word, about its own keys. */
export function placeText(error: ApiError): string {
  const [line, column] = error.where.split(':');
  return line && column ? t('rule.place', { line, column, what: error.message }) : error.message;
}
/** "and[0].limit: must be a number": which field that is, in the language of the screen. */
export function badField(message: string): string {
  const path = message.slice(0, Math.max(0, message.indexOf(':'))).replace(/\[\d+\]/g, '');
  const name = path.split('.').filter((part) => part !== 'or' && part !== 'and');
  const field = maybe(`rule.field.${name.at(-1) ?? ''}`) ?? maybe(`rule.${name.join('.')}`) ?? path;
  return t('rule.badField', { field });
}
