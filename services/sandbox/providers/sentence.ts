import { hasDevanagari } from '../speech/devanagari.ts';

const HINDI_QUESTION = /क्या|कितने|कैसा/;
const ENGLISH_QUESTION = /^(what|how|is|are|can|do|does|where|when|who|why)\b/;

/** Words as a recogniser with punctuation writes them. */
export function asSentence(words: string): string {
  if (words === '') return '';
  if (hasDevanagari(words)) return `${words}${HINDI_QUESTION.test(words) ? '?' : '।'}`;
  const cased = words.charAt(0).toUpperCase() + words.slice(1).replaceAll(/\bi\b/g, 'I');
  return `${cased}${ENGLISH_QUESTION.test(words) ? '?' : '.'}`;
}
