/** Numbers in three languages. Chromium has no Kazakh locale data, so kk takes the Russian rules, which are the same. */
import type { Language } from '../api/types';

export const locales: Record<Language, string> = { kk: 'ru-RU', ru: 'ru-RU', en: 'en-GB' };
export const nbsp = '\u00a0';
const cache = new Map<string, Intl.NumberFormat>();

/** A number to be edited: whole, neither rounded nor grouped. */
export function exact(value: number, language: Language): string {
  return String(value).replace('-', '−').replace('.', language === 'en' ? '.' : ',');
}
/** A number with exactly `decimals` digits after the point, or up to three if none are named. Minus is U+2212. */
export function number(value: number, language: Language, decimals?: number): string {
  if (!Number.isFinite(value)) return '—';
  const key = `${language}${decimals ?? '*'}`;
  let format = cache.get(key);
  if (!format) {
    const digits = decimals === undefined ? { maximumFractionDigits: 3 } : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    format = new Intl.NumberFormat(locales[language], digits);
    cache.set(key, format);
  }
  const text = format.format(value).replace('-', '−').replace(/\u202f/g, nbsp);
  return /[1-9]/.test(text) ? text : text.replace('−', '');
}
