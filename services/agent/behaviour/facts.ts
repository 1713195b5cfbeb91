import { heardAmountMinor } from '@patchbay/sandbox/speech/heard-amount';
import { heardDigits } from '@patchbay/sandbox/speech/heard-digits';
import { HINDI_MONTHS } from '@patchbay/sandbox/speech/hindi-grammars';
import { HINDI_BELOW_HUNDRED } from '@patchbay/sandbox/speech/hindi-numbers';

/** Something that an agent tells, as it can be found in what a recogniser made of its voice. */
export interface Fact {
  /** For a person who reads why a caller was not served well. */
  what: string;
  /** @param heard lower case, without punctuation */
  isIn(heard: string): boolean;
}

/** @param text lower case, without punctuation */
export function words(text: string): Fact {
  return { what: `“${text}”`, isIn: (heard) => heard.includes(text) };
}

/** @param amountMinor in cents */
export function amount(amountMinor: number): Fact {
  return {
    what: `the amount $${(amountMinor / 100).toFixed(2)}`,
    isIn: (heard) => heardAmountMinor(heard) === amountMinor,
  };
}

export const anyAmount: Fact = {
  what: 'an amount of money',
  isIn: (heard) => heardAmountMinor(heard) !== undefined,
};

/** The end of a card's number, digit by digit. */
export function cardEnd(last4: string): Fact {
  return { what: `the card’s end ${last4}`, isIn: (heard) => heardDigits(heard) === last4 };
}

/** How days are told, and which way money went. */
const TELLING = {
  en: {
    when: (month: number, day: number) => `${ENGLISH_MONTHS[month - 1]} ${ENGLISH_DAYS[day - 1]}`,
    paid: 'paid',
    received: 'received',
  },
  hi: {
    when: (month: number, day: number) => `${HINDI_BELOW_HUNDRED[day]} ${HINDI_MONTHS[month - 1]}`,
    paid: 'दिए गए',
    received: 'मिले',
  },
} as const;
const ENGLISH_MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september'],
  ...['october', 'november', 'december'],
];
const UP_TO_NINTH = [
  ...['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth'],
];
const ENGLISH_DAYS = [
  ...UP_TO_NINTH,
  ...['tenth', 'eleventh', 'twelfth', 'thirteenth', 'fourteenth', 'fifteenth', 'sixteenth'],
  ...['seventeenth', 'eighteenth', 'nineteenth', 'twentieth'],
  ...UP_TO_NINTH.map((day) => `twenty ${day}`),
  ...['thirtieth', 'thirty first'],
];

/** A transaction: its day, what for, how much, and which way the money went. */
export function transaction(
  told: {
    /** ISO 8601. */
    date: string;
    description: string;
    /** In cents; negative is money that was paid. */
    amountMinor: number;
  },
  language: keyof typeof TELLING = 'en',
): Fact {
  const { when, paid, received } = TELLING[language];
  const [, month = 0, day = 0] = told.date.split('-').map(Number);
  const minor = Math.abs(told.amountMinor);
  const way = told.amountMinor < 0 ? paid : received;
  const opening = `${when(month, day)} ${told.description} `;
  return {
    what: `${opening}$${(minor / 100).toFixed(2)} ${way}`,
    isIn: (heard) => {
      const [, rest] = heard.split(opening);
      if (rest === undefined) return false;
      const ends = [paid, received].map((end) => rest.indexOf(end)).filter((at) => at >= 0);
      const end = Math.min(...ends);
      return rest.startsWith(way, end) && heardAmountMinor(rest.slice(0, end)) === minor;
    },
  };
}
