/** The language of the screen, and t(). Keys are checked against the English catalogue by the compiler. */
import type { Language, LocalText } from '../api/types';
import { en, kk, ru } from './catalogues';
import { fill, type Params } from './message';
import { number } from './number';

export type Key = keyof typeof en;
const catalogues: Record<Language, Record<string, string>> = { kk, ru, en };
export const languages: readonly Language[] = ['kk', 'ru', 'en'];

class I18n {
  language: Language = $state('kk');
}
export const i18n = new I18n();

export function t(key: Key, params: Params = {}): string {
  return fill(catalogues[i18n.language][key] ?? key, params, i18n.language);
}

/** For keys that come from outside (error codes, kinds, health problems): the text, or null if there is none. */
export function maybe(key: string, params: Params = {}, language: Language = i18n.language): string | null {
  const text = catalogues[language][key];
  return text === undefined ? null : fill(text, params, language);
}

export function pick(text: LocalText | string | null | undefined): string {
  if (text === null || text === undefined) return '';
  return typeof text === 'string' ? text : text[i18n.language] || text.kk || text.ru || text.en;
}

export function num(value: number, decimals?: number): string {
  return number(value, i18n.language, decimals);
}
