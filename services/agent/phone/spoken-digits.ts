const ENGLISH = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const HINDI = ['शून्य', 'एक', 'दो', 'तीन', 'चार', 'पाँच', 'छह', 'सात', 'आठ', 'नौ'];
const OTHERS: Readonly<Record<string, string>> = { oh: '0', o: '0', पांच: '5', छः: '6', छे: '6' };

const DIGITS: ReadonlyMap<string, string> = new Map([
  ...[ENGLISH, HINDI].flatMap((words) =>
    words.map((word, digit): [string, string] => [word, String(digit)]),
  ),
  ...Object.entries(OTHERS),
]);
const REPEATS: ReadonlyMap<string, number> = new Map([
  ['double', 2],
  ['triple', 3],
]);

/**
 * The digits in what somebody said, in figures or words of English and Hindi: "four seven, double
 * one" is 4711. Other words are passed over.
 */
export function spokenDigits(said: string): string {
  let digits = '';
  let times = 1;
  for (const word of said.toLowerCase().match(/[\p{L}\p{M}]+|\d/gu) ?? []) {
    const repeat = REPEATS.get(word);
    if (repeat !== undefined) {
      times = repeat;
      continue;
    }
    const digit = /\d/.test(word) ? word : DIGITS.get(word);
    if (digit !== undefined) digits += digit.repeat(times);
    times = 1;
  }
  return digits;
}

/** The same words with every digit hidden. */
export function maskDigits(said: string): string {
  return said.replaceAll(/[\p{L}\p{M}]+|\d/gu, (word) =>
    /\d/.test(word) || DIGITS.has(word.toLowerCase()) || REPEATS.has(word.toLowerCase())
      ? '•'
      : word,
  );
}
