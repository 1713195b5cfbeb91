import { MINUS, spokenNumber, type SpokenLanguage } from './spoken-number.ts';

interface Currency {
  one: string;
  many: string;
  minorOne: string;
  minorMany: string;
}

/** Currencies with a hundred minor units, by ISO 4217 code. */
const ENGLISH: Readonly<Record<string, Currency>> = {
  USD: { one: 'dollar', many: 'dollars', minorOne: 'cent', minorMany: 'cents' },
  EUR: { one: 'euro', many: 'euros', minorOne: 'cent', minorMany: 'cents' },
  GBP: { one: 'pound', many: 'pounds', minorOne: 'penny', minorMany: 'pence' },
  INR: { one: 'rupee', many: 'rupees', minorOne: 'paisa', minorMany: 'paise' },
};
const HINDI: typeof ENGLISH = {
  USD: { one: 'डॉलर', many: 'डॉलर', minorOne: 'सेंट', minorMany: 'सेंट' },
  EUR: { one: 'यूरो', many: 'यूरो', minorOne: 'सेंट', minorMany: 'सेंट' },
  GBP: { one: 'पाउंड', many: 'पाउंड', minorOne: 'पेनी', minorMany: 'पेंस' },
  INR: { one: 'रुपया', many: 'रुपये', minorOne: 'पैसा', minorMany: 'पैसे' },
};
const LANGUAGES = {
  'en-US': { currencies: ENGLISH, and: 'and' },
  'en-IN': { currencies: ENGLISH, and: 'and' },
  'hi-IN': { currencies: HINDI, and: 'और' },
} as const;

/**
 * An amount in words that a voice can say: `245000, 'USD'` → `two thousand four hundred fifty dollars`.
 *
 * @param amountMinor in the currency's smallest unit, negative for money owed
 * @throws RangeError for a currency nobody taught it, or an amount that is not a whole number
 */
export function spokenMoney(
  amountMinor: number,
  currency: string,
  language: SpokenLanguage = 'en-US',
): string {
  const { currencies, and } = LANGUAGES[language];
  const names = currencies[currency];
  if (!names) {
    throw new RangeError(
      `can't say amounts in ${currency}: known are ${Object.keys(currencies).join(', ')}`,
    );
  }
  if (amountMinor < 0) return `${MINUS[language]} ${spokenMoney(-amountMinor, currency, language)}`;
  const major = Math.floor(amountMinor / 100);
  const minor = amountMinor % 100;
  const say = (count: number, one: string, many: string) =>
    `${spokenNumber(count, language)} ${count === 1 ? one : many}`;
  const majorWords = say(major, names.one, names.many);
  if (minor === 0) return majorWords;
  const minorWords = say(minor, names.minorOne, names.minorMany);
  return major === 0 ? minorWords : `${majorWords} ${and} ${minorWords}`;
}
