import { wordList, wordsOf } from '../word-list.ts';

/** What a caller answered to a question that wants a yes or a no. */
export type CallerAnswer = 'yes' | 'no' | 'unclear';

// English and Hindi, in both scripts, in every call: people mix them.
const YES = wordList(`
  yes yeah yep yup sure absolutely definitely certainly correct haan han ji bilkul
  हाँ हां जी बिल्कुल`);
const NO = wordList(`
  no nope not never dont cannot cant cancel stop wait nahi nahin mat ruko
  नहीं नही ना मत रुको रुकिए`);
/** What people put beside a yes; none of it is one by itself. */
const BESIDE_YES = wordList(`
  please block it the my card this that do go ahead ok okay right is of course thank thanks you now i
  want to would like kar do dijiye karo kijiye theek thik hai ise isko mera
  कर दो दीजिए करो कीजिए ठीक है इसे मेरा मेरे कार्ड को ब्लॉक`);
const SOUNDS = wordList('um uh er hmm mhm well so and');
const YES_PHRASE = /\b(go ahead|please do|do it|block it|of course)\b/;

/**
 * Judge an answer. A yes must be nothing but a yes: whoever adds other words is asked again, so that
 * no sentence that happens to begin with one, or was made to, counts.
 */
export function answerOf(text: string): CallerAnswer {
  const said = wordsOf(text.replaceAll(/['’]/g, '')).filter((word) => !SOUNDS.has(word));
  if (said.some((word) => NO.has(word))) return 'no';
  if (said.length === 0 || !said.every((word) => YES.has(word) || BESIDE_YES.has(word))) {
    return 'unclear';
  }
  return said.some((word) => YES.has(word)) || YES_PHRASE.test(said.join(' ')) ? 'yes' : 'unclear';
}
