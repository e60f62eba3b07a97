/** Search that forgives the keyboard: Kazakh letters are found without them, and Latin spelling finds Cyrillic. */
const kazakh: Record<string, string> = { ә: 'а', ғ: 'г', қ: 'к', ң: 'н', ө: 'о', ұ: 'у', ү: 'у', һ: 'х', і: 'и', ё: 'е', й: 'и' };
const latin: Record<string, string> = {
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ж: 'zh', з: 'z', и: 'i', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p',
  р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'sch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya',
};

export function fold(text: string): string {
  let out = '';
  for (const letter of text.toLowerCase()) {
    const plain = kazakh[letter] ?? letter;
    out += latin[plain] ?? plain;
  }
  return out.replace(/[^a-z0-9.]+/g, ' ').trim();
}

/** True if every word of the needle begins a word of the hay, or stands inside one from three letters on. */
export function matches(hay: string, needle: string): boolean {
  if (!needle) return true;
  const padded = ` ${hay}`;
  return needle.split(' ').every((word) => padded.includes(` ${word}`) || (word.length > 2 && hay.includes(word)));
}
