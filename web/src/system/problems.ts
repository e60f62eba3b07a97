import type { Health } from '../api/types';
import { maybe } from '../i18n/i18n.svelte';

/** What is wrong with the system, in the language of the screen; the server's own words if it is new to us. */
export function problemText(problem: Health['problems'][number]): string {
  return maybe(`problem.${problem.code}`) ?? problem.text;
}
