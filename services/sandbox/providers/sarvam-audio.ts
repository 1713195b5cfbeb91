import { encodeWav } from '../audio/wav.ts';
import { speak } from '../speech/espeak.ts';
import { trimSilence } from '../speech/silence.ts';
import { encodeSamples } from './cartesia-audio.ts';

export type SarvamCodec = 'linear16' | 'wav' | 'mulaw' | 'alaw';

/** espeak-ng's voices for Sarvam's languages that it has; the rest sound English. */
const VOICES: Readonly<Record<string, string>> = {
  'bn-IN': 'bn',
  'gu-IN': 'gu',
  'hi-IN': 'hi',
  'kn-IN': 'kn',
  'ml-IN': 'ml',
  'mr-IN': 'mr',
  'pa-IN': 'pa',
  'ta-IN': 'ta',
  'te-IN': 'te',
};

export interface SarvamSpeech {
  text: string;
  language: string;
  sampleRateHz: number;
}

/** Speak a text; the silence that espeak-ng puts around it is shortened. */
export async function speakSarvam(speech: SarvamSpeech): Promise<Int16Array> {
  const { sampleRateHz } = speech;
  // Another voice than the stand-in for Cartesia has, so that a switch can be heard.
  const voice = VOICES[speech.language] ?? 'en-us+m7';
  const spoken = await speak(speech.text.trim(), { sampleRateHz, voice });
  return trimSilence(spoken, { sampleRateHz, threshold: 60, keepBeforeMs: 20, keepAfterMs: 200 });
}

/** Samples as the client asked for them. */
export function encodeSarvam(
  samples: Int16Array,
  codec: SarvamCodec,
  sampleRateHz: number,
): Buffer {
  switch (codec) {
    case 'linear16':
      return encodeSamples(samples, 'pcm_s16le');
    case 'wav':
      return encodeWav({ sampleRateHz, channels: [samples] });
    case 'mulaw':
      return encodeSamples(samples, 'pcm_mulaw');
    case 'alaw':
      return encodeSamples(samples, 'pcm_alaw');
  }
}
