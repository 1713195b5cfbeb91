import { describe, expect, it } from 'vitest';
import { heardAmountMinor } from './heard-amount.ts';

describe('the amount somebody said', () => {
  it.each([
    ['your account balance is two thousand four hundred fifty dollars', 245_000],
    ['your account balance is five hundred and seven dollars and ten cents', 50_710],
    ['one dollar', 100],
    ['ninety nine thousand nine hundred ninety nine dollars and one cent', 9_999_901],
    ['Your balance is $2,450.10, thank you.', 245_010],
    ['It is $12.', 1_200],
    ['zero dollars', 0],
    ['आपके खाते में दो हज़ार चार सौ पचास डॉलर हैं', 245_000],
    ['आपके खाते में निन्यानवे डॉलर और दस सेंट हैं', 9_910],
    ['शून्य डॉलर', 0],
  ])('is understood in "%s"', (sentence, minor) => {
    expect(heardAmountMinor(sentence)).toBe(minor);
  });

  it.each(['you can ask for your balance', 'dollars', '', 'three cards'])(
    'is not made up from "%s"',
    (sentence) => expect(heardAmountMinor(sentence)).toBeUndefined(),
  );
});
