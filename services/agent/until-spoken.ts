import type { Reply } from './tools/call-tools.ts';

/** Wait until something the agent says was heard to its end, or broken off. Never rejects. */
export function untilSpoken(speech: Pick<Reply, 'addDoneCallback'>): Promise<void> {
  return new Promise((resolve) => speech.addDoneCallback(() => resolve()));
}
