/**
 * Kazakh case endings after a number: 19:26-дан, 21:10-да, 412-сі. The ending follows the last word of the number as it
 * is spoken: its vowels (back or front) and its last sound (vowel, voiced, voiceless, nasal).
 */
export type Case = 'abl' | 'loc' | 'dat' | 'gen' | 'poss';
type Sound = 'vowel' | 'voiced' | 'voiceless' | 'nasal';
interface Word {
  back: boolean;
  last: Sound;
}

const front = (last: Sound): Word => ({ back: false, last });
const back = (last: Sound): Word => ({ back: true, last });

// нөл бір екі үш төрт бес алты жеті сегіз тоғыз
const ones: Word[] = [
  front('voiced'), front('voiced'), front('vowel'), front('voiceless'), front('voiceless'),
  front('voiceless'), back('vowel'), front('vowel'), front('voiced'), back('voiced'),
];
// он жиырма отыз қырық елу алпыс жетпіс сексен тоқсан
const tens: Word[] = [
  back('nasal'), back('vowel'), back('voiced'), back('voiceless'), front('vowel'),
  back('voiceless'), front('voiceless'), front('nasal'), back('nasal'),
];
const hundred = front('voiced'); // жүз
const thousand = back('nasal'); // мың
const million = back('nasal'); // миллион
const billion = back('voiceless'); // миллиард
const percent = back('voiced'); // пайыз

/** The last spoken word of a text that ends in digits ("19:26", "3 012", "61,8") or in a percent sign. */
export function lastWord(text: string): Word {
  if (text.trimEnd().endsWith('%')) return percent;
  const compact = text.replace(/(\d)[\s\u00a0\u202f](?=\d{3})/g, '$1');
  const digits = /(\d+)\D*$/.exec(compact)?.[1] ?? '0';
  if (/^0+$/.test(digits)) return ones[0]!;
  const zeros = /0*$/.exec(digits)![0].length;
  const digit = (place: number): number => Number(digits[digits.length - 1 - place] ?? 0);
  if (zeros === 0) return ones[digit(0)]!;
  if (zeros === 1) return tens[digit(1) - 1]!;
  if (zeros === 2) return hundred;
  if (zeros < 6) return thousand;
  return zeros < 9 ? million : billion;
}

const endings: Record<Case, Record<Sound, [back: string, front: string]>> = {
  abl: { vowel: ['дан', 'ден'], voiced: ['дан', 'ден'], voiceless: ['тан', 'тен'], nasal: ['нан', 'нен'] },
  loc: { vowel: ['да', 'де'], voiced: ['да', 'де'], voiceless: ['та', 'те'], nasal: ['да', 'де'] },
  dat: { vowel: ['ға', 'ге'], voiced: ['ға', 'ге'], voiceless: ['қа', 'ке'], nasal: ['ға', 'ге'] },
  gen: { vowel: ['ның', 'нің'], voiced: ['дың', 'дің'], voiceless: ['тың', 'тің'], nasal: ['ның', 'нің'] },
  poss: { vowel: ['сы', 'сі'], voiced: ['ы', 'і'], voiceless: ['ы', 'і'], nasal: ['ы', 'і'] },
};

export function withCase(text: string, wanted: Case): string {
  const word = lastWord(text);
  return `${text}-${endings[wanted][word.last][word.back ? 0 : 1]}`;
}
