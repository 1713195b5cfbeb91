import { ToWords } from 'to-words/hi-IN';

const hindi = new ToWords();

/** Hindi's words for 0 to 99, in Devanagari: a hundred words of their own, none made of others. */
export const HINDI_BELOW_HUNDRED: readonly string[] = Array.from({ length: 100 }, (_, number) =>
  hindi.convert(number),
);
