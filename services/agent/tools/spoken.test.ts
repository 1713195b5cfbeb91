import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spokenDate } from './spoken-date.ts';
import { spokenMoney } from './spoken-money.ts';
import { spokenDigits, spokenNumber, spokenOrdinal } from './spoken-number.ts';

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
