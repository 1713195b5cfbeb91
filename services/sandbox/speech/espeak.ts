import { resample } from '../audio/resample.ts';
import { decodeWav } from '../audio/wav.ts';
import { runEngine, SpeechEngineError } from './engine-process.ts';

export interface SpeakOptions {
  sampleRateHz: number;
  /** An espeak-ng voice, for example `en-us`, `en-us+f3`, `en-gb`. Default `en-us`. */
  voice?: string;
  /** Default 150, which the recogniser understands best. */
  wordsPerMinute?: number;
}

/** The most text one call may speak; longer is a caller's mistake. */
export const MAX_SPEAK_CHARACTERS = 4_000;
// Sentences repeat from call to call; a minute of speech at 24 kHz is 2.9 MB.
const CACHE_ENTRIES = 100;
const cache = new Map<string, Promise<Int16Array>>();

/**
 * Speak a text with espeak-ng. The samples are shared between callers: don't write into them.
 *
 * @returns mono samples at the wanted rate; empty for a text without words
 * @throws {SpeechEngineError} espeak-ng is missing or refuses, or the text is too long
 */
export function speak(text: string, options: SpeakOptions): Promise<Int16Array> {
  const { sampleRateHz, voice = 'en-us', wordsPerMinute = 150 } = options;
  if (text.length > MAX_SPEAK_CHARACTERS) {
    const message = `text has ${text.length} characters, at most ${MAX_SPEAK_CHARACTERS} can be spoken at once`;
    return Promise.reject(new SpeechEngineError(message));
  }
  if (!/[\p{L}\p{N}]/u.test(text)) return Promise.resolve(new Int16Array(0));
  const key = JSON.stringify([text, voice, wordsPerMinute, sampleRateHz]);
  const known = cache.get(key);
  if (known) {
    // Set again so that the entry used longest ago stands first.
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const speaking = synthesize(text, sampleRateHz, voice, wordsPerMinute);
  cache.set(key, speaking);
  speaking.catch(() => cache.delete(key));
  const [oldest] = cache.keys();
  if (cache.size > CACHE_ENTRIES && oldest !== undefined) cache.delete(oldest);
  return speaking;
}

async function synthesize(
  text: string,
  sampleRateHz: number,
  voice: string,
  wordsPerMinute: number,
): Promise<Int16Array> {
  const output = await runEngine({
    binary: 'espeak-ng',
    debianPackage: 'espeak-ng',
    // The text goes through stdin: an argument that begins with a dash would be an option.
    args: ['-v', voice, '-s', String(wordsPerMinute), '-b', '1', '--stdin', '--stdout'],
    input: Buffer.from(text, 'utf8'),
  });
  const wav = decodeWav(output);
  const [samples] = wav.channels;
  if (!samples) throw new SpeechEngineError('espeak-ng wrote a sound without a channel');
  return resample(samples, wav.sampleRateHz, sampleRateHz);
}
