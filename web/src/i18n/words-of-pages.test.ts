/** Whoever says something has its words: each page is followed from where it is fetched to all it consists of. */
import { expect, it } from 'vitest';

const json = import.meta.glob<Record<string, string>>(['./en.json', './*/en.json'], { import: 'default', eager: true });
const nameOf = (path: string): string => /^\.\/(\w+)\/en\.json$/.exec(path)?.[1] ?? 'main';
const catalogueOf = new Map(Object.entries(json).flatMap(([path, texts]) => Object.keys(texts).map((key): [string, string] => [key, nameOf(path)])));
const keys = [...catalogueOf.keys()];
const texts = import.meta.glob<string>(['../**/*.ts', '../**/*.svelte', '!../**/*.test.ts', '!../**/*.d.ts'], { query: '?raw', import: 'default', eager: true });
/** From src: "map/MapView.svelte". */
const inSrc = (path: string): string => (path.startsWith('../') ? path.slice(3) : `i18n/${path.slice(2)}`);
const files = new Map(Object.entries(texts).map(([path, text]) => [inSrc(path), text]));

interface Source {
  needs: string[];
  same: string[];
  pages: { to: string; with: string[] }[];
}
function target(from: string, to: string): string | undefined {
  const path = new URL(to, `file:///${from}`).pathname.slice(1);
  return [path, `${path}.ts`].find((one) => files.has(one));
}
function look(file: string, text: string): Source {
  const pages: Source['pages'] = [];
  const rest = text.replace(/page\(import\('([^']+)'\)((?:, '\w+')*)\)/g, (_, to: string, names: string) => {
    pages.push({ to: target(file, to)!, with: [...names.matchAll(/'(\w+)'/g)].map((match) => match[1]!) });
    return '';
  });
  const imports = [...rest.matchAll(/(?<!import type [^;]*)(?:from |import\(|import )'(\.[^']+)'/g)].flatMap((match) => target(file, match[1]!) ?? []);
  const said = [...rest.matchAll(/'([a-zA-Z0-9_]+(?:\.[a-zA-Z0-9_]+)+)'/g)].map((match) => match[1]!).filter((key) => catalogueOf.has(key));
  const begun = [...rest.matchAll(/`([a-zA-Z_]+(?:\.[a-zA-Z_]+)*\.)\$\{/g)].flatMap((match) => keys.filter((key) => key.startsWith(match[1]!)));
  // Errors and pages are named by whoever meets them; their words are at least where they can arise.
  return { needs: [...said, ...begun.filter((key) => !/^(error|page)\./.test(key))], same: imports, pages };
}
const sources = new Map([...files].map(([file, text]) => [file, look(file, text)]));

function missing(entry: string, has: readonly string[], from: string): string[] {
  const seen = new Set<string>();
  const out: string[] = [];
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const { needs, same } = sources.get(file)!;
    for (const key of needs) if (!has.includes(catalogueOf.get(key)!)) out.push(`${from} → ${file}: ${key} (${catalogueOf.get(key)})`);
    same.forEach(visit);
  };
  visit(entry);
  return out;
}

it('the first screen needs the main words only', () => expect(missing('main.ts', ['main'], 'main')).toEqual([]));
it('each page comes with all its words', () => {
  const pages = [...sources].flatMap(([from, source]) => source.pages.map((page) => ({ from, ...page })));
  expect(pages.length).toBeGreaterThan(15);
  expect(pages.flatMap(({ from, to, with: names }) => missing(to, ['main', ...names], `${from} → ${to}`))).toEqual([]);
});
it('no catalogue is without a page', () => {
  const used = new Set([...sources.values()].flatMap(({ pages }) => pages.flatMap((page) => page.with)));
  expect(Object.keys(json).map(nameOf).filter((name) => name !== 'main' && !used.has(name))).toEqual([]);
});
