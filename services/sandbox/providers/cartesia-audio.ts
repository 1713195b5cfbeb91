import { encodeG711, PCMA, PCMU } from '@patchbay/common/g711';
import { speak } from '../speech/espeak.ts';
import { trimSilence } from '../speech/silence.ts';
import { espeakVoice } from './cartesia-voices.ts';

export interface SpokenSentence {
  samples: Int16Array;
  sampleRateHz: number;
}

export type PcmEncoding = 'pcm_s16le' | 'pcm_f32le' | 'pcm_mulaw' | 'pcm_alaw';

/** The silence espeak-ng puts around a sentence is shortened to what a reader makes between two. */
const BEFORE_MS = 20;
const AFTER_MS = 200;

/** Speak with the voice that stands for a Cartesia voice id. Empty if there are no words. */
export async function speakAs(
  voiceId: string,
  transcript: string,
  sampleRateHz: number,
  language = 'en',
): Promise<SpokenSentence> {
  const voice = /^hi\b/.test(language) ? 'hi' : (espeakVoice(voiceId) ?? 'en-us');
  const spoken = await speak(transcript.trim(), { sampleRateHz, voice });
  const samples = trimSilence(spoken, {
    sampleRateHz,
    threshold: 60,
    keepBeforeMs: BEFORE_MS,
    keepAfterMs: AFTER_MS,
  });
  return { samples, sampleRateHz };
}

/** Samples in the bytes a client asked for. */
export function encodeSamples(samples: Int16Array, encoding: PcmEncoding): Buffer {
  switch (encoding) {
    case 'pcm_s16le': {
      const bytes = Buffer.allocUnsafe(samples.length * 2);
      samples.forEach((sample, index) => bytes.writeInt16LE(sample, index * 2));
      return bytes;
    }
    case 'pcm_f32le': {
      const bytes = Buffer.allocUnsafe(samples.length * 4);
      samples.forEach((sample, index) => bytes.writeFloatLE(sample / 32_768, index * 4));
      return bytes;
    }
    case 'pcm_mulaw':
      return Buffer.from(encodeG711(PCMU, samples));
    case 'pcm_alaw':
      return Buffer.from(encodeG711(PCMA, samples));
  }
}

export interface WordTimestamps {
  words: string[];
  /** Seconds. */
  start: number[];
  end: number[];
}

/**
 * When each word is said. espeak-ng doesn't tell, so the sentence's time is shared out by the words'
 * lengths.
 *
 * @param offsetS when the sentence starts, in seconds from the start of its context
 */
export function wordTimestamps(
  transcript: string,
  durationS: number,
  offsetS: number,
): WordTimestamps {
  const words = transcript.split(/\s+/).filter(Boolean);
  const speakingS = Math.max(0, durationS - AFTER_MS / 1000);
  const total = words.reduce((sum, word) => sum + word.length + 1, 0);
  const timestamps: WordTimestamps = { words, start: [], end: [] };
  let at = offsetS;
  for (const word of words) {
    timestamps.start.push(Number(at.toFixed(3)));
    at += (speakingS * (word.length + 1)) / total;
    timestamps.end.push(Number(at.toFixed(3)));
  }
  return timestamps;
}
