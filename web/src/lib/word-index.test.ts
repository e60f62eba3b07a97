import { describe, expect, it } from 'vitest';
import table from '../../../tests/words/fold.tsv?raw';
import { fold, matches } from './fold';
import { WordIndex } from './word-index';

const texts = ['АБ-4 Жағалау', 'АБ-5 Орталық', 'F-12 Мектеп көшесі', 'L-117 Мектеп көшесі'];
const index = new WordIndex(texts.map((item) => ({ item, text: fold(item) })));
const find = (typed: string): string[] => index.find(fold(typed));

describe('the index of words', () => {
  it('finds by every word, in any order', () => {
    expect(find('мектеп')).toEqual([texts[2], texts[3]]);
    expect(find('көше 117')).toEqual([texts[3]]);
    expect(find('мектеп орталық')).toEqual([]);
  });
  it('finds without Kazakh letters and by Latin ones', () => {
    expect(find('жагалау')).toEqual([texts[0]]);
    expect(find('ortalyk')).toEqual([texts[1]]);
  });
  it('forgives one typing error in a long word, none in a code', () => {
    expect(find('мектип')).toEqual([texts[2], texts[3]]);
    expect(find('L-118')).toEqual([]);
  });
  it('finds what the shared table says is found', () => {
    for (const line of table.split('\n')) {
      const [what, text, typed, answer] = line.split('\t');
      if (what !== 'find' || !typed) continue;
      const one = new WordIndex([{ item: 1, text: fold(text!) }]);
      expect([typed, one.find(fold(typed)).length === 1]).toEqual([typed, answer === 'yes']);
    }
  });
  it('agrees with the plain comparison where nothing is mistyped', () => {
    for (const typed of ['аб', 'мек', 'көшесі', '12', 'жаға']) expect(find(typed)).toEqual(texts.filter((text) => matches(fold(text), fold(typed))));
  });
});
