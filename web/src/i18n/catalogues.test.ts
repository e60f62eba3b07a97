import { describe, expect, it } from 'vitest';
import allow from './allow-equal.json';
import { slots } from './message';

const files = import.meta.glob<Record<string, string>>(['./*.json', './*/*.json', '!./allow-equal.json'], { import: 'default', eager: true });
const places = Object.keys(files).filter((path) => path.endsWith('/en.json')).map((path) => path.replace('en.json', ''));
const whole = (language: string): Record<string, string> => Object.assign({}, ...places.map((place) => files[`${place}${language}.json`]));
const [kk, ru, en] = [whole('kk'), whole('ru'), whole('en')];
const catalogues: Record<string, Record<string, string>> = { kk, ru, en };
const keys = Object.keys(en);

describe('catalogues', () => {
  it.each(places)('%s: each language has exactly the keys of English', (place) => {
    for (const language of ['kk', 'ru']) expect(Object.keys(files[`${place}${language}.json`] ?? {}).sort()).toEqual(Object.keys(files[`${place}en.json`]!).sort());
  });
  it('no key stands in two of them', () => {
    expect(places.reduce((sum, place) => sum + Object.keys(files[`${place}en.json`]!).length, 0)).toBe(keys.length);
  });
  it.each(['kk', 'ru'])('%s has exactly the keys of English', (language) => {
    expect(Object.keys(catalogues[language]!).sort()).toEqual([...keys].sort());
  });
  it.each(Object.keys(catalogues))('%s leaves no text empty', (language) => {
    expect(Object.entries(catalogues[language]!).filter(([, text]) => text.trim() === '')).toEqual([]);
  });
  it.each(['kk', 'ru'])('%s fills the same places as English', (language) => {
    const other = keys.filter((key) => slots(catalogues[language]![key]!).join() !== slots(catalogues['en']![key]!).join());
    expect(other).toEqual([]);
  });
  it('no two languages say the same, but for the words that are alike', () => {
    const alike = keys.filter((key) => {
      if (allow.all.includes(key)) return false;
      const [a, b, c] = [kk, ru, en].map((catalogue) => catalogue![key]);
      const kkRu = a === b && !allow['kk-ru'].includes(key) && !allow['kk-ru-prefixes'].some((prefix) => key.startsWith(prefix));
      return kkRu || a === c || b === c;
    });
    expect(alike).toEqual([]);
  });
  it('the list of words that are alike holds no word that differs', () => {
    const idle = allow['kk-ru'].filter((key) => kk[key] !== ru[key]);
    expect(idle).toEqual([]);
  });
  it('Russian names three forms of every counted word, English two', () => {
    const forms = (text: string): number[] => [...text.matchAll(/\{\w+#([^}]*)\}/g)].map((match) => match[1]!.split('|').length);
    expect(Object.entries(ru).filter(([, text]) => forms(text).some((n) => n !== 3))).toEqual([]);
    expect(Object.entries(en).filter(([, text]) => forms(text).some((n) => n !== 2))).toEqual([]);
  });
  it('operators are not shouted at', () => {
    for (const catalogue of Object.values(catalogues)) expect(Object.values(catalogue).filter((text) => text.includes('!'))).toEqual([]);
  });
});
