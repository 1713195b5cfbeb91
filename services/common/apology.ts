import { join } from 'node:path';
import { readRecording, type Recording } from './recording.ts';

/** The words of assets/apology.wav, for captions. */
export const APOLOGY_TEXT = "Sorry, I can't help you right now. Please call again later. Goodbye.";

/** Read the recorded apology. It needs no provider, so it can always be played. */
export function readApology(): Recording {
  return readRecording(join(import.meta.dirname, 'assets', 'apology.wav'));
}
