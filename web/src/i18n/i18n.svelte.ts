/** The language of the screen, and t(). Keys are checked against the English catalogues by the compiler. */
import { untrack } from 'svelte';
import type { Language, LocalText } from '../api/types';
import { type Catalogue, fetchWords, type Key, words } from './catalogues';
import { fill, type Params } from './message';
import { number } from './number';

export type { Catalogue, Key };
export const languages: readonly Language[] = ['kk', 'ru', 'en'];

class I18n {
  language: Language = $state('kk');
  /** Rises when the main words of the other languages have come. */
  others = $state(0);
}
export const i18n = new I18n();
/** Catalogues of what is or was on the screen: they follow the language. */
const wanted = new Set<Catalogue>(['main']);

/**
 * Resolves once the words of a page are there. Who asks does not ask again when the language changes: speak() brings the
 * words, and what somebody has typed on the page stays.
 */
export async function useWords(...names: Catalogue[]): Promise<void> {
  for (const name of names) wanted.add(name);
  const spoken = (): Language => untrack(() => i18n.language);
  for (let language: Language | null = null; language !== spoken(); ) {
    language = spoken();
    await Promise.all(names.map((name) => fetchWords(name, language!)));
  }
}
let asked = 0;
/** The whole screen in that language, as soon as its words are there; the last wish wins. */
export async function speak(language: Language): Promise<void> {
  const turn = (asked += 1);
  for (let known = 0; known !== wanted.size; ) {
    known = wanted.size;
    await Promise.all([...wanted].map((name) => fetchWords(name, language)));
  }
  if (turn === asked) i18n.language = language;
}
/** What is searched is found by the words of any language. */
export async function everyLanguage(): Promise<void> {
  await Promise.all(languages.map((language) => fetchWords('main', language)));
  i18n.others += 1;
}
/** A page with its words. */
export async function page<T>(module: Promise<T>, ...names: Catalogue[]): Promise<T> {
  const [found] = await Promise.all([module, useWords(...names)]);
  return found;
}

export function t(key: Key, params: Params = {}): string {
  return fill(words[i18n.language][key] ?? key, params, i18n.language);
}

/** For keys that come from outside (error codes, kinds, health problems): the text, or null if there is none. */
export function maybe(key: string, params: Params = {}, language: Language = i18n.language): string | null {
  const text = words[language][key];
  return text === undefined ? null : fill(text, params, language);
}

export function pick(text: LocalText | string | null | undefined): string {
  if (text === null || text === undefined) return '';
  return typeof text === 'string' ? text : text[i18n.language] || text.kk || text.ru || text.en;
}

export function num(value: number, decimals?: number): string {
  return number(value, i18n.language, decimals);
}
