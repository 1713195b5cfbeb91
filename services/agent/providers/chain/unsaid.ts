/** Speech at this pace or quicker is none: the quickest voices make about 25 characters a second. */
const QUICKEST_CHARACTERS_S = 40;
/** A usual voice, for where a broken sentence stopped. */
const USUAL_CHARACTERS_S = 15;
/** A word or less of a sentence is a false start: it is begun anew, as people do. */
const FALSE_START_WORDS = 1;

/** Whether so much sound can't be all of this text. */
export function isTooShort(text: string, spokenS: number): boolean {
  return spokenS < letters(text) / QUICKEST_CHARACTERS_S;
}

/**
 * What is still to be said when speech broke off. Providers don't tell reliably which word they were
 * at, so it is reckoned from the time; what may have been heard is not said again.
 *
 * @param spokenS seconds of speech that the caller has heard or will hear
 */
export function unsaid(text: string, spokenS: number): string {
  const said = spokenS * USUAL_CHARACTERS_S;
  const words = [...text.matchAll(/\S+/g)];
  const index = words.findIndex((word) => word.index + word[0].length > said);
  if (index < 0) return '';
  // The word at which it stopped has been begun, so it counts as said.
  const next = spokenS === 0 || index < FALSE_START_WORDS ? index : index + 1;
  return text.slice(words[next]?.index ?? text.length);
}

function letters(text: string): number {
  return text.replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim().length;
}
