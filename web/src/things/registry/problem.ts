/** "line 17, column lat: is not a number": where, and what, apart. What has no place is told as it is. */
import { t, type Key } from '../../i18n/i18n.svelte';

export interface Problem {
  line: number | null;
  column: string;
  text: string;
}
export function problemOf(text: string): Problem {
  const found = /^line (\d+)(?:, column (.*?))?: (.*)$/s.exec(text);
  return found ? { line: Number(found[1]), column: found[2] ?? '', text: found[3]! } : { line: null, column: '', text };
}

/** By the name's end, else by the first sign of what is in it. */
export function formatOf(name: string, text: string): 'csv' | 'geojson' {
  if (/\.csv$/i.test(name)) return 'csv';
  if (/\.(geo)?json$/i.test(name)) return 'geojson';
  return /^\s*\{/.test(text.replace(/^\ufeff/, '')) ? 'geojson' : 'csv';
}

const sayings: [RegExp, Key][] = [
  [/^has (\d+) cells, the first line has (\d+)$/, 'problem.cells'],
  [/^is not a known column$/, 'problem.unknownColumn'],
  [/^is there twice$/, 'problem.twice'],
  [/^is missing$/, 'problem.missing'],
  [/^is empty$/, 'problem.blank'],
  [/^is not a number$/, 'problem.number'],
  [/^is not between (\S+) and (.+)$/, 'problem.between'],
  [/^(".*") is not a kind of thing$/, 'problem.kind'],
  [/^(".*") is unknown: give its names/, 'problem.zone'],
  [/^there is no thing (".*")$/, 'problem.thing'],
  [/^(".*") is not an observed property$/, 'problem.property'],
  [/^is not a date like/, 'problem.date'],
  [/^differs from line (\d+)$/, 'problem.differs'],
  [/^is longer than (\d+) bytes$/, 'problem.long'],
];
/** In the language of the screen; what is rare is told as the server tells it. */
export function problemText(text: string): string {
  for (const [pattern, key] of sayings) {
    const found = pattern.exec(text);
    if (found) return t(key, { a: found[1] ?? '', b: found[2] ?? '' });
  }
  return text;
}
