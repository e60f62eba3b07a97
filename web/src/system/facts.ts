import { maybe } from '../i18n/i18n.svelte';
import type { Told } from './problems';
import { told } from './told';

/** How bad it is, in figures; else what the server says, which names files and reasons. */
export function problemFacts(problem: Told): string {
  const params = { ...problem.params };
  if (typeof params['what'] === 'string') params['what'] = writerStep(params['what']);
  if (typeof params['why'] === 'string') params['why'] = told(params['why']);
  return maybe(`facts.${problem.code}`, params) ?? problem.text;
}
/** A step of the writer, as the server calls it. */
export function writerStep(what: string): string {
  return maybe(`writer.${what}`) ?? what;
}
