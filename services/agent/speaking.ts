import type { voice } from '@livekit/agents';
import type { Reply } from './tools/call-tools.ts';

/** Wait until something the agent says was heard to its end, or broken off. Never rejects. */
export function untilSpoken(speech: Pick<Reply, 'addDoneCallback'>): Promise<void> {
  return new Promise((resolve) => speech.addDoneCallback(() => resolve()));
}

/** Say something that the caller can't break off, and wait for its end. */
export async function sayToTheEnd(session: voice.AgentSession, words: string): Promise<void> {
  await untilSpoken(session.say(words, { allowInterruptions: false }));
}

/**
 * Ask something of a session if it runs. While it closes, from below when the worker has to stop, it
 * throws at whoever wants to speak; out of a timer that would end the process.
 */
export function ifRunning<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && /is (not running|closing)/.test(error.message)) return undefined;
    throw error;
  }
}
