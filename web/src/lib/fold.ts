/**
 * What a search compares: lower-case Latin letters and digits, words parted by one blank. Kazakh and Russian letters and
 * their usual Latin spellings fall together, so that everybody finds with the keyboard at hand. The server folds alike
 * (src/words/fold.cpp); tests/words/fold.tsv holds both to it.
 */
const letters: Record<string, string> = {
  "'": '', '`': '', '’': '', 'ʹ': '', 'ʼ': '',
  j: 'zh', q: 'k', w: 'v', x: 'ks', y: 'i', á: 'a', ä: 'a', ç: 'ch', ñ: 'n', ó: 'o', ö: 'o', ú: 'u', ü: 'u', ğ: 'g', ı: 'i', ń: 'n', ş: 'sh', ǵ: 'g',
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ж: 'zh', з: 'z', и: 'i', й: 'i', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p',
  р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'sch', ъ: '', ы: 'i', ь: '', э: 'e', ю: 'iu', я: 'ia',
  ё: 'e', і: 'i', ғ: 'g', қ: 'k', ң: 'n', ү: 'u', ұ: 'u', һ: 'h', ә: 'a', ө: 'o',
};
const combining = /[\u0300-\u036f]/;

export function fold(text: string): string {
  let out = '';
  const all = [...text.toLowerCase()];
  all.forEach((letter, at) => {
    const known = letters[letter];
    if (known !== undefined) out += known;
    else if (/[a-z0-9]/.test(letter)) out += letter;
    else if (letter === '.' && /[0-9]$/.test(out) && /[0-9]/.test(all[at + 1] ?? '')) out += letter;
    else if (!combining.test(letter)) out += ' ';
  });
  return out.replace(/ +/g, ' ').trim().replaceAll('kh', 'h').replaceAll('gh', 'g').replaceAll('shch', 'sch');
}

/** A sound is one letter, so that one wrong letter is one difference: none of j, w, q, x is left after fold(). */
export function sounds(word: string): string {
  return word.replaceAll('zh', 'j').replaceAll('sh', 'w').replaceAll('ch', 'q').replaceAll('ts', 'x');
}
/** Does `word` begin with `typed`, but for one typing error: a letter wrong, missing, too many, or two swapped? Both as sounds. */
export function beginsNearly(word: string, typed: string): boolean {
  let at = 0;
  while (at < word.length && word[at] === typed[at]) at += 1;
  const [w, t] = [word.slice(at), typed.slice(at)];
  if (t.length <= 1) return true;
  if (!w) return false;
  if (w.slice(1).startsWith(t.slice(1)) || w.startsWith(t.slice(1)) || w.slice(1).startsWith(t)) return true;
  return w.length > 1 && w[0] === t[1] && w[1] === t[0] && w.slice(2).startsWith(t.slice(2));
}
/** From five letters on a word may have one typing error; codes may not. */
export function forgiven(typed: string): string | null {
  const sound = sounds(typed);
  return sound.length >= 5 && /^[a-z]+$/.test(typed) ? sound : null;
}

function wordFound(hay: string, typed: string): boolean {
  if (` ${hay}`.includes(` ${typed}`) || (typed.length > 2 && hay.includes(typed))) return true;
  const sound = forgiven(typed);
  return sound !== null && hay.split(' ').some((word) => word.length >= 4 && beginsNearly(sounds(word), sound));
}
/** True if every word of the needle begins a word of the hay, or stands inside one from three letters on, or nearly does. */
export function matches(hay: string, needle: string): boolean {
  return !needle || needle.split(' ').every((word) => wordFound(hay, word));
}
