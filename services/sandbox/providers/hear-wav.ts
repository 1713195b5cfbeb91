import { resample } from '../audio/resample.ts';
import { decodeWav } from '../audio/wav.ts';
import { callerGrammarFor } from '../speech/caller-grammar.ts';
import { recognize } from '../speech/pocketsphinx.ts';
import { RECOGNISER_RATE_HZ } from '../speech/recognition.ts';
import { asSentence } from './sentence.ts';

export interface HeardWav {
  /** One of the sentences that a caller may say, capital and mark as a recogniser writes; or ''. */
  text: string;
  durationS: number;
}

/**
 * Recognise a whole recording.
 *
 * @param language as for {@link callerGrammarFor}
 * @throws Error if the bytes are no 16-bit PCM WAV
 */
export async function hearWav(bytes: Uint8Array, language: string): Promise<HeardWav> {
  const wav = decodeWav(bytes);
  const [samples = new Int16Array(0)] = wav.channels;
  const durationS = samples.length / wav.sampleRateHz;
  const heard = await recognize(
    wav.sampleRateHz === RECOGNISER_RATE_HZ
      ? samples
      : resample(samples, wav.sampleRateHz, RECOGNISER_RATE_HZ),
    callerGrammarFor(language),
  );
  return { text: asSentence(heard), durationS };
}
