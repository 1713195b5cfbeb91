import { HINDI_BELOW_HUNDRED } from './hindi-numbers.ts';

export const ENGLISH_BELOW_TWENTY: readonly string[] = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
  ...['eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen'],
  'nineteen',
];
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
/** Words that add to a number. */
const VALUES: ReadonlyMap<string, number> = new Map([
  ...ENGLISH_BELOW_TWENTY.map((word, index) => [word, index] as const),
  ...TENS.map((word, index) => [word, (index + 2) * 10] as const),
  ...HINDI_BELOW_HUNDRED.map((word, index) => [word, index] as const),
]);
const HUNDRED = new Set(['hundred', 'सौ']);
/** Words that end a group. */
const GROUPS: ReadonlyMap<string, number> = new Map([
  ['thousand', 1_000],
  ['हज़ार', 1_000],
  ['लाख', 100_000],
]);
const MAJOR = new Set(['dollar', 'dollars', 'डॉलर']);
const MINOR = new Set(['cent', 'cents', 'सेंट']);

/**
 * The first amount of money in a sentence, in cents: words, English ("two thousand four hundred fifty
 * dollars and ten cents") or Hindi, or figures ("$2,450.10"). Undefined if there is none.
 */
export function heardAmountMinor(sentence: string): number | undefined {
  const figures = /\$\s?(\d[\d,]*)(?:\.(\d\d))?/.exec(sentence);
  if (figures?.[1]) {
    return Number(figures[1].replaceAll(',', '')) * 100 + Number(figures[2] ?? 0);
  }
  const words = sentence.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
  const dollarsAt = words.findIndex((word) => MAJOR.has(word));
  if (dollarsAt < 0) return undefined;
  const dollars = numberBefore(words, dollarsAt);
  if (dollars === undefined) return undefined;
  const centsAt = words.findIndex((word, index) => index > dollarsAt && MINOR.has(word));
  const cents = centsAt < 0 ? 0 : numberBefore(words.slice(dollarsAt + 1), centsAt - dollarsAt - 1);
  return dollars * 100 + (cents ?? 0);
}

/** The number whose words end right before `end`. */
function numberBefore(words: readonly string[], end: number): number | undefined {
  let start = end;
  while (start > 0 && isNumberWord(words[start - 1] ?? '')) start--;
  if (start === end) return undefined;
  let total = 0;
  let group = 0;
  for (const word of words.slice(start, end)) {
    const factor = GROUPS.get(word);
    if (factor !== undefined) {
      total += group * factor;
      group = 0;
    } else if (HUNDRED.has(word)) group *= 100;
    else group += VALUES.get(word) ?? 0;
  }
  return total + group;
}

function isNumberWord(word: string): boolean {
  // "and" stands between dollars and cents, और likewise.
  return (
    VALUES.has(word) || HUNDRED.has(word) || GROUPS.has(word) || word === 'and' || word === 'और'
  );
}
