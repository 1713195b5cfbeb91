import { resample } from '../audio/resample.ts';
import { decodeWav } from '../audio/wav.ts';
import { callerGrammar } from '../speech/grammars.ts';
import { recognize } from '../speech/pocketsphinx.ts';
import { RECOGNISER_RATE_HZ } from '../speech/recognition.ts';

export interface HeardWav {
  /** One of the sentences that a caller may say, capital and mark as a recogniser writes; or ''. */
  text: string;
  durationS: number;
}

/**
 * Recognise a whole recording.
 *
 * @throws Error if the bytes are no 16-bit PCM WAV
 */
export async function hearWav(bytes: Uint8Array): Promise<HeardWav> {
  const wav = decodeWav(bytes);
  const [samples = new Int16Array(0)] = wav.channels;
  const durationS = samples.length / wav.sampleRateHz;
  const heard = await recognize(
    wav.sampleRateHz === RECOGNISER_RATE_HZ
      ? samples
      : resample(samples, wav.sampleRateHz, RECOGNISER_RATE_HZ),
    callerGrammar,
  );
  return { text: asSentence(heard), durationS };
}

/** Words as a recogniser with punctuation writes them. */
export function asSentence(words: string): string {
  if (words === '') return '';
  const cased = words.charAt(0).toUpperCase() + words.slice(1).replaceAll(/\bi\b/g, 'I');
  return /^(what|how|is|are|can|do|does|where|when|who|why)\b/.test(words)
    ? `${cased}?`
    : `${cased}.`;
}
