const ONES = [
  'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven',
  'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen',
] as const; // prettier-ignore
const TENS = [
  '', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety',
] as const; // prettier-ignore
const SCALES = [
  [1_000_000_000_000, 'trillion'],
  [1_000_000_000, 'billion'],
  [1_000_000, 'million'],
  [1_000, 'thousand'],
  [100, 'hundred'],
] as const;

/**
 * A whole number in words, as an American reads it: no "and", no commas, no hyphens.
 *
 * @throws RangeError for what is not a whole number a bank can mean
 */
export function spokenNumber(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`can't say ${value}: it must be a whole number`);
  }
  if (value < 0) return `minus ${spokenNumber(-value)}`;
  if (value < 20) return ONES[value] ?? '';
  if (value < 100) {
    const tens = TENS[Math.floor(value / 10)] ?? '';
    return value % 10 === 0 ? tens : `${tens} ${ONES[value % 10]}`;
  }
  for (const [scale, word] of SCALES) {
    if (value < scale) continue;
    const head = `${spokenNumber(Math.floor(value / scale))} ${word}`;
    const rest = value % scale;
    return rest === 0 ? head : `${head} ${spokenNumber(rest)}`;
  }
  return String(value);
}

/** Digits one by one, for card and account numbers: `4321` → `four three two one`. */
export function spokenDigits(digits: string): string {
  return [...digits]
    .filter((digit) => digit >= '0' && digit <= '9')
    .map((digit) => ONES[Number(digit)])
    .join(' ');
}

const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** `20` → `twentieth`. */
export function spokenOrdinal(value: number): string {
  const words = spokenNumber(value).split(' ');
  const last = words.pop() ?? '';
  const ordinal =
    IRREGULAR_ORDINALS[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return [...words, ordinal].join(' ');
}
