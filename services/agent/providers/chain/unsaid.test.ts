import { describe, expect, it } from 'vitest';
import { isTooShort, unsaid } from './unsaid.ts';

const TEXT = 'Your account balance is two thousand dollars.';

describe('speech that broke off', () => {
  it.each([
    ['before the first sound is said whole', 0, TEXT],
    ['in the first word is begun anew', 0.1, TEXT],
    ['after a second goes on after the word it was at', 1, 'is two thousand dollars.'],
    ['near its end has nothing left', 2.9, ''],
    ['later than reckoned has nothing left', 9, ''],
  ])('%s', (_, spokenS, rest) => {
    expect(unsaid(TEXT, spokenS)).toBe(rest);
  });

  it.each([
    ['a tenth of a second of a sentence', TEXT, 0.1, true],
    ['a quick voice', TEXT, 1.8, false],
    ['a short word', 'Yes.', 0.3, false],
    ['no words', '...', 0, false],
  ])('is told by its length: %s', (_, text, spokenS, tooShort) => {
    expect(isTooShort(text, spokenS)).toBe(tooShort);
  });
});
