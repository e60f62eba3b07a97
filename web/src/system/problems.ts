import type { Health, Severity } from '../api/types';
import { maybe } from '../i18n/i18n.svelte';

export interface Told {
  code: string;
  severity: Severity;
  text: string;
  params?: Record<string, string | number>;
}

/** What is wrong with the system, in the language of the screen; the server's own words if it is new to us. */
export function problemText(problem: Told): string {
  const text = maybe(`problem.${problem.code}`);
  // Which file, line and column: that is in the server's words only.
  if (text && problem.code === 'rules.file') return `${text}: ${problem.text.slice(problem.text.indexOf(': ') + 2)}`;
  return text ?? problem.text;
}
/** What to do about it; empty if we do not know. */
export function problemCure(problem: Told): string {
  return maybe(`problem.${problem.code}.do`) ?? '';
}
/** Those that go on every screen: somebody must see to them. The worst first. */
export function pressing(health: Health | null): Health['problems'] {
  return (health?.problems ?? []).filter((problem) => problem.severity <= 2).sort((a, b) => a.severity - b.severity || a.since - b.since);
}
