import { join } from 'node:path';
import { readRecording, type Recording } from './recording.ts';

/** The words of assets/apology.wav, for captions. */
export const APOLOGY_TEXT = "Sorry, I can't help you right now. Please call again later. Goodbye.";

/** An apology that needs no provider, so that it can always be played. */
export interface Apology {
  /** Its words, for captions. */
  text: string;
  recording: Recording;
}

const HINDI_TEXT = 'माफ़ कीजिए, अभी मैं आपकी मदद नहीं कर सकती। कृपया बाद में फ़ोन कीजिए। नमस्ते।';

/** Read the recorded apology, in English. */
export function readApology(): Recording {
  return readRecording(join(import.meta.dirname, 'assets', 'apology.wav'));
}

/**
 * Read the apologies of all languages.
 *
 * @returns the one for a language (BCP 47); English for one that has none
 */
export function readApologies(): (language: string) => Apology {
  const english = { text: APOLOGY_TEXT, recording: readApology() };
  const hindi = {
    text: HINDI_TEXT,
    recording: readRecording(join(import.meta.dirname, 'assets', 'apology-hi.wav')),
  };
  return (language) => (/^hi\b/.test(language) ? hindi : english);
}
