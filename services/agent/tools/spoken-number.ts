import { ToWords as EnglishOfIndia } from 'to-words/en-IN';
import { ToWords as EnglishOfAmerica } from 'to-words/en-US';
import { ToWords as Hindi } from 'to-words/hi-IN';

/** Languages in which numbers, money and days can be said. India's English counts in lakh and crore. */
export const SPOKEN_LANGUAGES = ['en-US', 'en-IN', 'hi-IN'] as const;
export type SpokenLanguage = (typeof SPOKEN_LANGUAGES)[number];

const WORDS = {
  'en-US': new EnglishOfAmerica(),
  'en-IN': new EnglishOfIndia(),
  'hi-IN': new Hindi(),
} as const;
/** Said before what is below zero. */
export const MINUS = { 'en-US': 'minus', 'en-IN': 'minus', 'hi-IN': 'माइनस' } as const;

/** The way of an agent's language. @param tag BCP 47; America's English for one that is not known */
export function spokenLanguage(tag: string): SpokenLanguage {
  if (tag.startsWith('hi')) return 'hi-IN';
  return tag.endsWith('-IN') ? 'en-IN' : 'en-US';
}

/**
 * A whole number in words, as people read it: no "and", no commas, no hyphens.
 *
 * @throws RangeError for what is not a whole number a bank can mean
 */
export function spokenNumber(value: number, language: SpokenLanguage = 'en-US'): string {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`can't say ${value}: it must be a whole number`);
  }
  if (value < 0) return `${MINUS[language]} ${spokenNumber(-value, language)}`;
  return WORDS[language].convert(value).toLowerCase();
}

/** Digits one by one, for card and account numbers: `4321` → `four three two one`. */
export function spokenDigits(digits: string, language: SpokenLanguage = 'en-US'): string {
  return [...digits]
    .filter((digit) => digit >= '0' && digit <= '9')
    .map((digit) => spokenNumber(Number(digit), language))
    .join(' ');
}

/** `20` → `twentieth`. */
export function spokenOrdinal(value: number, language: SpokenLanguage = 'en-US'): string {
  return WORDS[language].toOrdinal(value).toLowerCase();
}
