/** For tests: every word of every language. */
import { languages } from './i18n.svelte';
import { fetchWords, names } from './catalogues';

await Promise.all(languages.flatMap((language) => names.map((name) => fetchWords(name, language))));
