import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spokenDate } from './spoken-date.ts';
import { spokenMoney } from './spoken-money.ts';
import { bankWords } from './bank-words.ts';
import {
  SPOKEN_LANGUAGES,
  spokenDigits,
  spokenLanguage,
  spokenNumber,
  spokenOrdinal,
} from './spoken-number.ts';

describe('spoken numbers', () => {
  it.each([
    [0, 'zero'],
    [7, 'seven'],
    [13, 'thirteen'],
    [20, 'twenty'],
    [42, 'forty two'],
    [100, 'one hundred'],
    [101, 'one hundred one'],
    [999, 'nine hundred ninety nine'],
    [2_450, 'two thousand four hundred fifty'],
    [10_000, 'ten thousand'],
    [1_000_001, 'one million one'],
    [-5, 'minus five'],
  ])('%d is read %s', (value, words) => {
    expect(spokenNumber(value)).toBe(words);
  });

  it('refuses what is not a whole number', () => {
    expect(() => spokenNumber(1.5)).toThrow(/1.5.*whole number/);
    expect(() => spokenNumber(Number.NaN)).toThrow(RangeError);
  });

  it('never writes a digit, and two numbers never sound the same', () => {
    const number = fc.integer({ min: 0, max: 999_999_999_999 });
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(spokenNumber(a)).toMatch(/^[a-z]+( [a-z]+)*$/);
        expect(spokenNumber(a) === spokenNumber(b)).toBe(a === b);
      }),
    );
  });

  it('reads card numbers digit by digit', () => {
    expect(spokenDigits('4321')).toBe('four three two one');
    expect(spokenDigits('00-7')).toBe('zero zero seven');
  });

  it.each([
    [1, 'first'],
    [2, 'second'],
    [5, 'fifth'],
    [9, 'ninth'],
    [12, 'twelfth'],
    [20, 'twentieth'],
    [21, 'twenty first'],
    [30, 'thirtieth'],
  ])('the %dth is the %s', (value, words) => {
    expect(spokenOrdinal(value)).toBe(words);
  });
});

describe('spoken money', () => {
  it.each([
    [245_000, 'USD', 'two thousand four hundred fifty dollars'],
    [100, 'USD', 'one dollar'],
    [101, 'USD', 'one dollar and one cent'],
    [450, 'USD', 'four dollars and fifty cents'],
    [7, 'USD', 'seven cents'],
    [0, 'USD', 'zero dollars'],
    [-1_250, 'USD', 'minus twelve dollars and fifty cents'],
    [205, 'GBP', 'two pounds and five pence'],
    [10_000, 'INR', 'one hundred rupees'],
  ])('%d minor units of %s', (amount, currency, words) => {
    expect(spokenMoney(amount, currency)).toBe(words);
  });

  it('names the currencies it knows when asked for another', () => {
    expect(() => spokenMoney(1, 'XYZ')).toThrow(/XYZ.*USD, EUR, GBP, INR/);
  });
});

describe('spoken dates', () => {
  it('says month and day', () => {
    expect(spokenDate('2026-11-20')).toBe('November twentieth');
    expect(spokenDate('2026-01-01')).toBe('January first');
  });

  it.each(['2026-02-31', '20.11.2026', '', '2026-13-01'])('refuses %j', (day) => {
    expect(() => spokenDate(day)).toThrow(/YYYY-MM-DD/);
  });
});

describe('in the languages of India', () => {
  it.each([
    [7, 'seven', 'सात'],
    [25, 'twenty five', 'पच्चीस'],
    [99, 'ninety nine', 'निन्यानवे'],
    [150, 'one hundred fifty', 'एक सौ पचास'],
    [2_450, 'two thousand four hundred fifty', 'दो हज़ार चार सौ पचास'],
    [100_000, 'one lakh', 'एक लाख'],
    [245_000, 'two lakh forty five thousand', 'दो लाख पैंतालीस हज़ार'],
    [10_000_000, 'one crore', 'एक करोड़'],
    [-3, 'minus three', 'माइनस तीन'],
  ])('%d is read %s and %s', (value, english, hindi) => {
    expect(spokenNumber(value, 'en-IN')).toBe(english);
    expect(spokenNumber(value, 'hi-IN')).toBe(hindi);
  });

  it.each([
    [
      12_345_600,
      'INR',
      'one lakh twenty three thousand four hundred fifty six rupees',
      'एक लाख तेईस हज़ार चार सौ छप्पन रुपये',
    ],
    [100, 'INR', 'one rupee', 'एक रुपया'],
    [1_050, 'INR', 'ten rupees and fifty paise', 'दस रुपये और पचास पैसे'],
    [1, 'INR', 'one paisa', 'एक पैसा'],
    [-20_000, 'INR', 'minus two hundred rupees', 'माइनस दो सौ रुपये'],
    [245_000, 'USD', 'two thousand four hundred fifty dollars', 'दो हज़ार चार सौ पचास डॉलर'],
  ])('%d minor units of %s are %s and %s', (amount, currency, english, hindi) => {
    expect(spokenMoney(amount, currency, 'en-IN')).toBe(english);
    expect(spokenMoney(amount, currency, 'hi-IN')).toBe(hindi);
  });

  it.each([
    ['2026-11-20', 'twentieth November', 'बीस नवंबर'],
    ['2026-01-01', 'first January', 'एक जनवरी'],
    ['2026-08-31', 'thirty first August', 'इकतीस अगस्त'],
  ])('%s is %s and %s', (day, english, hindi) => {
    expect(spokenDate(day, 'en-IN')).toBe(english);
    expect(spokenDate(day, 'hi-IN')).toBe(hindi);
  });

  it('card numbers are read digit by digit', () => {
    expect(spokenDigits('4021', 'hi-IN')).toBe('चार शून्य दो एक');
  });

  it('the bank asks and tells in the language of its agent', () => {
    expect(bankWords('hi-IN').askToBlock('4021')).toBe(
      'क्या मैं चार शून्य दो एक पर खत्म होने वाला कार्ड ब्लॉक कर दूँ?',
    );
    expect(bankWords('en-IN').transaction('2026-11-20', 'coffee shop', -25_000_000, 'INR')).toBe(
      'twentieth November, coffee shop, two lakh fifty thousand rupees paid',
    );
  });
});

it.each(SPOKEN_LANGUAGES)(
  'no two numbers sound the same in %s, and none has a digit',
  (language) => {
    const number = fc.integer({ min: 0, max: 999_999_999 });
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(spokenNumber(a, language)).not.toMatch(/\p{N}/u);
        expect(spokenNumber(a, language) === spokenNumber(b, language)).toBe(a === b);
      }),
    );
  },
);

it.each([
  ['en-US', 'en-US'],
  ['en', 'en-US'],
  ['en-GB', 'en-US'],
  ['en-IN', 'en-IN'],
  ['hi', 'hi-IN'],
  ['hi-IN', 'hi-IN'],
])('an agent of %s counts as in %s', (tag, language) => {
  expect(spokenLanguage(tag)).toBe(language);
});
