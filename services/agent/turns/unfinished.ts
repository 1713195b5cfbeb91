import { wordList } from '../word-list.ts';

/**
 * Whether a sentence sounds as if its speaker will go on. Callers pause where they think, and that is
 * mostly behind a word that wants another one ("the balance of …", "I want to …", "um"). Whoever
 * answers into such a pause cuts them off.
 *
 * Words only: it costs nothing, and works for every provider and voice. What it can't know is a pause
 * behind words that could stand alone; see docs/decisions/0002.
 */
export function soundsUnfinished(text: string): boolean {
  const sentence = text.trim();
  if (/(,|…|\.\.\.|[-–—])$/.test(sentence)) return true;
  // A full stop or question mark says nothing: recognisers put one behind every piece.
  const words = wordsOf(sentence);
  const last = words.at(-1);
  if (last === undefined) return false;
  if (HESITATIONS.has(last)) return true;
  const ending = ` ${words.join(' ')}`;
  if (OPENINGS.some((opening) => ending.endsWith(` ${opening}`))) return true;
  if (isQuestionWithoutVerb(words)) return true;
  if (WANTS_MORE.has(last)) return !isWholeAnswer(words) && !isQuestionWithPreposition(words);
  return endsInDigits(words);
}

/** Figures are said in groups, and the next group comes after a breath. */
const DIGITS_IN_A_GROUP = 3;

const wordsOf = (sentence: string): string[] =>
  // Combining vowel signs are part of Hindi's words.
  sentence.toLowerCase().match(/[\p{L}\p{M}\p{N}'’]+/gu) ?? [];

const HESITATIONS = wordList(`um uhm uh er erm hmm hm mm ah well अं उम मतलब यानी`);

/** Ways to begin that say nothing yet. */
const OPENINGS = [
  ...['i want', 'i need', 'i would like', "i'd like", 'i want to know', 'i would like to know'],
  ...['can you', 'could you', 'would you', 'will you', 'can i', 'could i', 'may i'],
  ...['can you please', 'could you please', 'would you please', 'can you tell me'],
  ...[
    'tell me',
    'show me',
    'give me',
    'let me',
    'let me see',
    'let me think',
    'i mean',
    'you know',
  ],
  ...['what is', "what's", 'what are', 'how much', 'how many', 'i was wondering', 'hold on'],
  ...['मुझे', 'क्या आप', 'मैं चाहता हूँ', 'मैं चाहती हूँ', 'एक मिनट'],
];

/** Words behind which another one has to come. */
const WANTS_MORE = wordList(`
  a an the my your his her its our their this these those some any
  of to for from with in on at by about into onto between until than as
  and or but because if when while although though that which whose
  is are was were am be i'm my i we they he she
  और लेकिन मगर या क्योंकि कि अगर जो का की के को से में पर ने मेरा मेरी मेरे अपना अपनी अपने आपका आपकी एक
`);

const PREPOSITIONS = wordList('for from about with to on like');
const QUESTION_WORDS = wordList('what where who whom which');
const FIGURES = wordList('zero oh one two three four five six seven eight nine double triple');
const TO_BE = wordList('is are was were am');
const BEFORE_TO_BE = wordList('yes no yeah i it they we you he she that');
const YES_OR_NO = wordList('yes no yeah');
const ASKING_VERBS = wordList('is are was were does do did has have will');
const ARTICLES = wordList('the my your our');

/** "yes I am", "no it is", "I think it is". */
function isWholeAnswer(words: readonly string[]): boolean {
  const [first = ''] = words;
  const before = words.at(-2) ?? '';
  const last = words.at(-1) ?? '';
  if (!TO_BE.has(last)) return false;
  return BEFORE_TO_BE.has(before) || (YES_OR_NO.has(first) && words.length <= 4);
}

/** "what is it for", "where are you calling from". */
function isQuestionWithPreposition(words: readonly string[]): boolean {
  return (
    words.length > 2 &&
    QUESTION_WORDS.has(words[0] as string) &&
    PREPOSITIONS.has(words.at(-1) as string) &&
    // "what is the balance of" still wants its noun.
    !words.includes('the')
  );
}

/** "is the service", "does my card". */
function isQuestionWithoutVerb(words: readonly string[]): boolean {
  const [verb = '', article = ''] = words;
  return words.length === 3 && ASKING_VERBS.has(verb) && ARTICLES.has(article);
}

function endsInDigits(words: readonly string[]): boolean {
  let digits = 0;
  for (const word of words.toReversed()) {
    if (/^\d+$/.test(word)) digits += word.length;
    else if (FIGURES.has(word)) digits++;
    else break;
  }
  return digits >= DIGITS_IN_A_GROUP;
}
