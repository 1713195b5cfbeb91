import { speak } from '../speech/espeak.ts';
import { trimSilence } from '../speech/silence.ts';
import { askProviders } from './provider-admin.ts';
import type { Stack } from './stack.ts';

const RATE_HZ = 8_000;

/**
 * Tell the recogniser what callers say from now on, so that recognition takes no time of this machine
 * (`services/sandbox/providers/told-words.ts`). @throws Error if it refuses
 */
export async function tellWords(stack: Stack, sentence: string): Promise<void> {
  const spoken = await speak(sentence, { sampleRateHz: RATE_HZ });
  const sound = trimSilence(spoken, { sampleRateHz: RATE_HZ, keepBeforeMs: 0, keepAfterMs: 0 });
  const speechMs = (sound.length / RATE_HZ) * 1_000;
  await askProviders(stack, 'told-words', {
    method: 'POST',
    body: JSON.stringify({ text: sentence, speechMs }),
  });
}

/** Let it listen again. */
export async function listenAgain(stack: Stack): Promise<void> {
  await askProviders(stack, 'told-words', { method: 'DELETE' });
}
