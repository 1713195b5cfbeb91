import type { stt } from '@livekit/agents';
import { wordList, wordsOf } from './word-list.ts';

/**
 * What listeners say to show that they listen. Words that may be an answer (yes, no, sure, हाँ) are
 * none of these.
 */
const LISTENING = wordList(`
  mhm mm hmm hm uh huh uhhuh aha ah oh okay ok yeah right alright i see got it
  achha accha theek hai अच्छा ठीक है हम्म हूँ ओके`);

/** Whether these words only tell that somebody listens. */
export function isBackChannel(text: string): boolean {
  const words = wordsOf(text);
  return words.length > 0 && words.length <= 4 && words.every((word) => LISTENING.has(word));
}

/**
 * Leave out what is said only to show that one listens, so that it neither ends the agent's sentence
 * nor is answered.
 *
 * @param isOverAgent whether the caller began to say it while the agent spoke
 */
export async function* withoutBackChannel<Event extends stt.SpeechEvent | string>(
  events: AsyncIterable<Event>,
  isOverAgent: () => boolean,
): AsyncGenerator<Event> {
  for await (const event of events) {
    if (!(isOverAgent() && isBackChannel(textOf(event)))) yield event;
  }
}

function textOf(event: stt.SpeechEvent | string): string {
  return typeof event === 'string' ? event : (event.alternatives?.[0].text ?? '');
}
