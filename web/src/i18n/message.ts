/**
 * The little language of the catalogues.
 *   {name}                     the value; numbers in the language's own form
 *   {name:loc}                 Kazakh case ending after it (abl loc dat gen poss); other languages ignore it
 *   {n#one|few|many}           the word that goes with n: Russian three forms, English two, Kazakh one
 */
import type { Language } from '../api/types';
import { number } from './number';
import { type Case, withCase } from './kazakh';

export type Params = Record<string, string | number>;

const rules: Record<Language, Intl.PluralRules | null> = {
  kk: null, // a noun after a number stays in the singular
  ru: new Intl.PluralRules('ru-RU'),
  en: new Intl.PluralRules('en-GB'),
};

export function plural(n: number, forms: readonly string[], language: Language): string {
  const category = rules[language]?.select(Math.abs(n)) ?? 'other';
  const place = language === 'ru' ? { one: 0, few: 1 }[category as string] ?? 2 : category === 'one' ? 0 : 1;
  return forms[Math.min(place, forms.length - 1)] ?? '';
}

const slot = /\{(\w+)(?:([:#])([^}]*))?\}/g;

export function fill(template: string, params: Params, language: Language): string {
  return template.replace(slot, (_whole, name: string, mark: string | undefined, rest: string | undefined) => {
    const value = params[name];
    if (value === undefined) return `{${name}}`;
    if (mark === '#') return plural(Number(value), (rest ?? '').split('|'), language);
    const text = typeof value === 'number' ? number(value, language) : value;
    return mark === ':' && language === 'kk' ? withCase(text, rest as Case) : text;
  });
}

/** The names a template needs, for the test that compares the catalogues. */
export function slots(template: string): string[] {
  return [...new Set([...template.matchAll(slot)].map((match) => match[1]!))].sort();
}
