const UNITS = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
  ...['eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen'],
  'nineteen',
];
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/**
 * The first amount of money in a sentence, in cents: words ("two thousand four hundred fifty dollars
 * and ten cents") or figures ("$2,450.10"). Undefined if there is none.
 */
export function heardAmountMinor(sentence: string): number | undefined {
  const figures = /\$\s?(\d[\d,]*)(?:\.(\d\d))?/.exec(sentence);
  if (figures?.[1]) {
    return Number(figures[1].replaceAll(',', '')) * 100 + Number(figures[2] ?? 0);
  }
  const words = sentence.toLowerCase().match(/[a-z]+/g) ?? [];
  const dollarsAt = words.findIndex((word) => word === 'dollars' || word === 'dollar');
  if (dollarsAt < 0) return undefined;
  const dollars = numberBefore(words, dollarsAt);
  if (dollars === undefined) return undefined;
  const centsAt = words.findIndex(
    (word, index) => index > dollarsAt && (word === 'cents' || word === 'cent'),
  );
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
    if (word === 'thousand') {
      total += group * 1_000;
      group = 0;
    } else if (word === 'hundred') group *= 100;
    else if (TENS.includes(word)) group += (TENS.indexOf(word) + 2) * 10;
    else if (UNITS.includes(word)) group += UNITS.indexOf(word);
  }
  return total + group;
}

function isNumberWord(word: string): boolean {
  return (
    UNITS.includes(word) || TENS.includes(word) || ['hundred', 'thousand', 'and'].includes(word)
  );
}
