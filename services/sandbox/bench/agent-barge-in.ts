import { setTimeout as delay } from 'node:timers/promises';
import { PCMU } from '@patchbay/common/g711';
import { silentLogger } from '@patchbay/common/logger';
import { BALANCE_QUESTION, hearGreeting } from '../demo/conversation.ts';
import { speak } from '../speech/espeak.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import type { PhoneCall } from '../telephone/phone-call.ts';
import { Telephone } from '../telephone/telephone.ts';

const LINE_RATE_HZ = 8_000;
/** Its answer takes about ten seconds, without a pause as long as between two utterances. */
const LONG_ANSWER = 'what are my recent transactions';
/** Spread over calls, since within a call the clocks keep their phase. */
const BARGE_INS_PER_CALL = 4;
/** Into the answer, and a little more each time, so that no word is always the one that is cut. */
const INTO_ANSWER_MS = 1_200;
const LATER_EACH_MS = 170;
const ANSWER_LIMIT_MS = 15_000;

/**
 * Speak into the agent's words by phone, so many times.
 * @returns ms from the caller's first sound to the last of the agent at the caller's ear; a barge-in
 * that fell into a pause, after which nothing more was said, tells nothing and is done again
 */
export async function measureBargeIns(
  stack: Stack,
  count: number,
  print: (line: string) => void,
): Promise<number[]> {
  const question = await speak(BALANCE_QUESTION, { sampleRateHz: LINE_RATE_HZ });
  const wish = await speak(LONG_ANSWER, { sampleRateHz: LINE_RATE_HZ });
  const found: number[] = [];
  let calls = 0;
  while (found.length < count && calls++ < count) {
    const phone = await Telephone.open({ transport: 'udp', log: silentLogger() });
    try {
      const { bank: to, caller: from } = LOCAL_NUMBERS;
      const call = phone.call({ to, from, server: stack.sip, payloadTypes: [PCMU] });
      await call.answered;
      await hearGreeting(call);
      for (let n = 0; n < BARGE_INS_PER_CALL && found.length < count; n++) {
        const stoppedMs = await bargeIn(call, wish, question, INTO_ANSWER_MS + n * LATER_EACH_MS);
        if (stoppedMs !== undefined) found.push(stoppedMs);
      }
      await call.hangup();
      const last = found.slice(-BARGE_INS_PER_CALL).map((ms) => Math.round(ms));
      print(`  spoken into, ${found.length} of ${count}: ${last.join(', ')} ms`);
    } finally {
      await phone.close();
    }
  }
  return found;
}

/** Have the agent tell something long, and ask something else meanwhile. */
async function bargeIn(
  call: PhoneCall,
  wish: Int16Array,
  question: Int16Array,
  afterMs: number,
): Promise<number | undefined> {
  const { lastLoudAtMs } = await call.play(wish);
  await call.waitForSpeechStart({ afterMs: lastLoudAtMs, timeoutMs: ANSWER_LIMIT_MS });
  await delay(afterMs);
  let stoppedAtMs: number | undefined;
  const stop = call.onHeard((event) => {
    if (event.type === 'speech-end') stoppedAtMs ??= event.atMs;
  });
  const asked = await call.play(question);
  // The answer to the question: the agent has been silent before it.
  await call.nextUtterance({ afterMs: asked.lastLoudAtMs, timeoutMs: ANSWER_LIMIT_MS });
  stop();
  const stoppedMs = (stoppedAtMs ?? NaN) - asked.firstLoudAtMs;
  return stoppedMs > 0 ? stoppedMs : undefined;
}
