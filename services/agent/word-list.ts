/** The words of a list that is written with spaces between them. */
export function wordList(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

/** The words of what somebody said, in small letters. */
export function wordsOf(said: string): string[] {
  // Combining vowel signs are part of Hindi's words.
  return said.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
