import { withEngineSlot } from './engine-process.ts';
import type { Grammar } from './grammar.ts';
import { grammarFiles } from './recogniser-files.ts';
import { Recognition, RECOGNISER_RATE_HZ } from './recognition.ts';
import { trimSilence } from './silence.ts';

/**
 * Recognise one utterance with pocketsphinx. The grammar is closed: anything said is taken for one of
 * its sentences or for nothing. Silence around the speech is cut off.
 *
 * @param samples16k mono, 16 kHz
 * @returns the sentence in lower case without punctuation, or an empty string
 * @throws {SpeechEngineError} pocketsphinx or its model is missing, or it failed
 */
export async function recognize(samples16k: Int16Array, grammar: Grammar): Promise<string> {
  const speech = trimSilence(samples16k, { sampleRateHz: RECOGNISER_RATE_HZ, keepAfterMs: 0 });
  if (speech.length === 0) return '';
  // To make them may take an engine, which would wait for the slot that is taken next.
  await grammarFiles(grammar);
  return withEngineSlot(async () => {
    const recognition = new Recognition(grammar, Infinity);
    recognition.push(speech);
    return (await recognition.finish()).text;
  });
}
