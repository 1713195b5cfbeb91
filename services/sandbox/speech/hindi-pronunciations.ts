import { runEngine, SpeechEngineError } from './engine-process.ts';

/**
 * How Hindi words sound to a recogniser that knows English only: espeak-ng tells the phonemes with
 * which it says a word (Kirshenbaum's ASCII notation, as its Hindi voice uses it), and each becomes
 * the English ones (ARPAbet) that come nearest. An empty one may be left out.
 *
 * No Hindi model is packaged for pocketsphinx. With a closed grammar this one is enough for a voice
 * in wide band; over the telephone's 8 kHz numbers are mixed up.
 */
export const HINDI_SOUNDS: Readonly<Record<string, readonly string[]>> = {
  // vowels; a colon is length, which English does not tell apart
  '@': ['AH'],
  '@2': ['AH'],
  '@3': ['AH'],
  '@-': ['', 'AH'],
  V: ['AH'],
  a: ['AA'],
  I: ['IH'],
  i: ['IY'],
  U: ['UH'],
  u: ['UW'],
  e: ['EY', 'IH', 'EH'],
  E: ['EH', 'AE'],
  O: ['AO', 'AA'],
  o: ['OW'],
  aI: ['AY'],
  aU: ['AW'],
  // stops: a dot is retroflex, # is aspirated, t and d without a dot are dental
  k: ['K'],
  'k#': ['K'],
  g: ['G'],
  'g#': ['G'],
  c: ['CH'],
  'c#': ['CH', 'SH', 'JH'],
  J: ['JH'],
  'J#': ['JH'],
  't.': ['T'],
  't.#': ['T'],
  'd.': ['D'],
  'd.#': ['D'],
  t: ['T', 'TH'],
  't#': ['T', 'TH'],
  d: ['D', 'DH'],
  'd#': ['D', 'DH'],
  p: ['P'],
  'p#': ['F', 'P'],
  b: ['B'],
  'b#': ['B'],
  // the rest
  N: ['NG'],
  'n^': ['N'],
  'n.': ['N'],
  n: ['N'],
  m: ['M'],
  j: ['Y'],
  r: ['R'],
  'r.': ['R', 'D'],
  'r.#': ['R', 'D'],
  '*': ['R', 'D'],
  '*.': ['R', 'D'],
  l: ['L'],
  v: ['V', 'W'],
  w: ['W'],
  f: ['F'],
  s: ['S'],
  S: ['SH'],
  's.': ['SH'],
  z: ['Z', 'DH'],
  x: ['K', 'HH'],
  Q: ['G'],
  H: ['HH'],
  // a glide between two vowels
  ';': [''],
};
/** A word with many doubtful sounds would have hundreds of ways to be said. */
const MOST_WAYS = 12;

/**
 * @param words in Devanagari
 * @returns the ways to say each, in ARPAbet; none for a word with a sound nobody knows
 * @throws {SpeechEngineError} espeak-ng is missing, failed, or did not say each word
 */
export async function hindiPronunciations(
  words: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const output = await runEngine({
    binary: 'espeak-ng',
    debianPackage: 'espeak-ng',
    args: ['-v', 'hi', '-q', '-x', '--sep=_', '--stdin'],
    // Each a paragraph of its own, so that no word changes the sound of the next.
    input: Buffer.from(words.join('\n\n'), 'utf8'),
  });
  const spoken = output
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (spoken.length !== words.length) {
    // The next word would get this one's sounds.
    throw new SpeechEngineError(
      `espeak-ng said ${spoken.length} words where ${words.length} were asked for`,
    );
  }
  return new Map(words.map((word, index) => [word, englishOf(spoken[index] ?? '')]));
}

/** @param spoken phonemes with `_` between them, for example `d_'o:` */
function englishOf(spoken: string): string[] {
  const phonemes = spoken
    .split(/[_\s]+/)
    // Stress, and what only says where a syllable ends.
    .map((phoneme) => phoneme.replaceAll(/[',%=:]/g, ''))
    .filter((phoneme) => phoneme !== '');
  let ways = [''];
  phonemes.forEach((phoneme, index) => {
    const isNasal = phoneme.endsWith('~');
    const english = HINDI_SOUNDS[isNasal ? phoneme.slice(0, -1) : phoneme] ?? [];
    const isLast = index === phonemes.length - 1;
    const choices = [
      // A breath at the end is not heard.
      ...(phoneme === 'H' && isLast ? [''] : []),
      ...(isNasal ? english.map((vowel) => `${vowel} N`) : []),
      ...english,
    ];
    ways = ways
      .flatMap((way) => choices.map((choice) => `${way} ${choice}`.trim()))
      .slice(0, MOST_WAYS);
  });
  return [...new Set(ways)].filter((way) => way !== '');
}
