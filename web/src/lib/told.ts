/**
 * What the server says in sentences of its own, in the language of the screen. A sentence is known by its form, with names
 * where something stands that changes: {reason} is a sentence again, {n}, {most}, {a} and {b} are numbers, others are taken
 * as they are. What others said (a codec's exception, a mail server's answer) stays in their words.
 */
import { t, type Key } from '../i18n/i18n.svelte';

export type Sentences = Readonly<Record<string, string>>;

const numbers = ['n', 'most', 'a', 'b'];

function formOf(sentence: string): RegExp {
  const text = sentence.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${text.replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${numbers.includes(name) ? '\\d+' : '.*'})`)}$`, 's');
}

/** Of several that fit the first counts. */
export function teller<Name extends string>(sentences: Readonly<Record<Name, string>>, keyOf: (name: Name) => Key): (text: string) => string {
  const forms = (Object.entries(sentences) as [Name, string][]).map(([name, sentence]) => ({ key: keyOf(name), form: formOf(sentence) }));
  const told = (text: string): string => {
    for (const { key, form } of forms) {
      const found = form.exec(text);
      if (!found) continue;
      const named = Object.entries(found.groups ?? {}).map(([name, one]) => [name, name === 'reason' ? told(one) : numbers.includes(name) ? Number(one) : one]);
      return t(key, Object.fromEntries(named) as Record<string, string | number>);
    }
    return text;
  };
  return told;
}
