/**
 * The words of the screens: a main catalogue, and one for each page that has its own. Of each only the language in use is
 * fetched (?texts: without keys, in the order of English), with the page that needs it; the keys (?keys) are here once.
 */
import type { Language } from '../api/types';
import type account from './account/en.json';
import type cameras from './cameras/en.json';
import type compare from './compare/en.json';
import type edit from './edit/en.json';
import type main from './en.json';
import type help from './help/en.json';
import type lorawan from './lorawan/en.json';
import type notify from './notify/en.json';
import type overview from './overview/en.json';
import type people from './people/en.json';
import type performance from './performance/en.json';
import type registry from './registry/en.json';
import type rules from './rules/en.json';
import type shift from './shift/en.json';
import type system from './system/en.json';
import type views from './views/en.json';
import type wall from './wall/en.json';
import type warnings from './warnings/en.json';

interface Catalogues {
  main: typeof main;
  account: typeof account;
  cameras: typeof cameras;
  compare: typeof compare;
  edit: typeof edit;
  help: typeof help;
  lorawan: typeof lorawan;
  notify: typeof notify;
  overview: typeof overview;
  people: typeof people;
  performance: typeof performance;
  registry: typeof registry;
  rules: typeof rules;
  shift: typeof shift;
  system: typeof system;
  views: typeof views;
  wall: typeof wall;
  warnings: typeof warnings;
}
export type Catalogue = keyof Catalogues;
export type Key = { [Name in Catalogue]: keyof Catalogues[Name] }[Catalogue];

const keys = import.meta.glob<string[]>(['./en.json', './*/en.json'], { query: '?keys', import: 'default', eager: true });
const texts = import.meta.glob<string[]>(['./{kk,ru,en}.json', './*/{kk,ru,en}.json'], { query: '?texts', import: 'default' });
const pathOf = (name: Catalogue, language: Language): string => (name === 'main' ? `./${language}.json` : `./${name}/${language}.json`);

/** All that has been fetched. */
export const words: Record<Language, Record<string, string>> = { kk: {}, ru: {}, en: {} };
const fetched = new Map<string, Promise<void>>();

/** Once; what failed is tried again when it is wanted again. */
export function fetchWords(name: Catalogue, language: Language): Promise<void> {
  const path = pathOf(name, language);
  const before = fetched.get(path);
  if (before) return before;
  const coming = texts[path]!().then((list) => {
    const named = keys[pathOf(name, 'en')]!;
    list.forEach((text, at) => (words[language][named[at]!] = text));
  });
  fetched.set(path, coming);
  coming.catch(() => fetched.delete(path));
  return coming;
}
export const names = Object.keys(keys).map((path) => (/^\.\/(\w+)\/en\.json$/.exec(path)?.[1] ?? 'main') as Catalogue);
