/**
 * Many short texts, found by words while one types: the words of all texts are kept once, so that a typed word is
 * compared with some thousand words instead of with every text. A word that is in no text is looked for with one typing
 * error. Built once; folding is the dear part.
 */
import { beginsNearly, forgiven, sounds } from './fold';

export class WordIndex<T> {
  private readonly words: string[];
  private readonly places: number[][];
  private sounding: string[] | null = null;

  /** `text`: folded. */
  constructor(private readonly entries: readonly { item: T; text: string }[]) {
    const places = new Map<string, number[]>();
    entries.forEach(({ text }, at) => {
      for (const word of new Set(text.split(' '))) {
        if (!word) continue;
        const known = places.get(word);
        if (known) known.push(at);
        else places.set(word, [at]);
      }
    });
    this.words = [...places.keys()].sort();
    this.places = this.words.map((word) => places.get(word)!);
  }
  /** Those in which every word of the folded needle is found, in the order they were given. */
  find(needle: string): T[] {
    let left: number[] | null = null;
    for (const typed of needle.split(' ')) {
      const here: Set<number> = this.placesOf(typed);
      left = (left ?? [...here]).filter((at) => here.has(at));
    }
    return (left ?? []).sort((a, b) => a - b).map((at) => this.entries[at]!.item);
  }
  private placesOf(typed: string): Set<number> {
    const found = new Set<number>();
    const add = (word: number): void => this.places[word]!.forEach((at) => found.add(at));
    this.words.forEach((word, at) => {
      if (word.startsWith(typed) || (typed.length > 2 && word.includes(typed))) add(at);
    });
    const sound = found.size === 0 ? forgiven(typed) : null;
    if (sound) {
      this.sounding ??= this.words.map(sounds);
      this.sounding.forEach((word, at) => {
        if (word.length >= 4 && beginsNearly(word, sound)) add(at);
      });
    }
    return found;
  }
}
