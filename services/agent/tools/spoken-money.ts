import { spokenNumber } from './spoken-number.ts';

interface Currency {
  one: string;
  many: string;
  minorOne: string;
  minorMany: string;
}

/** Currencies with a hundred minor units, by ISO 4217 code. */
const CURRENCIES: Readonly<Record<string, Currency>> = {
  USD: { one: 'dollar', many: 'dollars', minorOne: 'cent', minorMany: 'cents' },
  EUR: { one: 'euro', many: 'euros', minorOne: 'cent', minorMany: 'cents' },
  GBP: { one: 'pound', many: 'pounds', minorOne: 'penny', minorMany: 'pence' },
  INR: { one: 'rupee', many: 'rupees', minorOne: 'paisa', minorMany: 'paise' },
};

/**
 * An amount in words that a voice can say: `245000, 'USD'` → `two thousand four hundred fifty dollars`.
 *
 * @param amountMinor in the currency's smallest unit, negative for money owed
 * @throws RangeError for a currency nobody taught it, or an amount that is not a whole number
 */
export function spokenMoney(amountMinor: number, currency: string): string {
  const names = CURRENCIES[currency];
  if (!names) {
    throw new RangeError(
      `can't say amounts in ${currency}: known are ${Object.keys(CURRENCIES).join(', ')}`,
    );
  }
  if (amountMinor < 0) return `minus ${spokenMoney(-amountMinor, currency)}`;
  const major = Math.floor(amountMinor / 100);
  const minor = amountMinor % 100;
  const majorWords = `${spokenNumber(major)} ${major === 1 ? names.one : names.many}`;
  if (minor === 0) return majorWords;
  const minorWords = `${spokenNumber(minor)} ${minor === 1 ? names.minorOne : names.minorMany}`;
  return major === 0 ? minorWords : `${majorWords} and ${minorWords}`;
}
