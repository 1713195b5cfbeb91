import { ENGLISH_BELOW_TWENTY } from './heard-amount.ts';
import { HINDI_BELOW_HUNDRED } from './hindi-numbers.ts';

const DIGITS: ReadonlyMap<string, number> = new Map(
  [ENGLISH_BELOW_TWENTY, HINDI_BELOW_HUNDRED].flatMap((words) =>
    words.slice(0, 10).map((word, digit) => [word, digit] as const),
  ),
);

/** The longest row of digits said one by one in a sentence, English or Hindi; '' if there are none. */
export function heardDigits(sentence: string): string {
  let longest = '';
  let row = '';
  for (const word of sentence.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? []) {
    const digit = DIGITS.get(word);
    row = digit === undefined ? '' : `${row}${digit}`;
    if (row.length > longest.length) longest = row;
  }
  return longest;
}
