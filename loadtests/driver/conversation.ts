import { ask, hearGreeting, type Speaker } from '@patchbay/sandbox/demo/conversation';
import { heardAmountMinor } from '@patchbay/sandbox/speech/heard-amount';
import { speak } from '@patchbay/sandbox/speech/espeak';
import { playedFrom } from '@patchbay/sandbox/telephone/rtp-sender';
import { setTimeout as delay } from 'node:timers/promises';
import type { Caller } from './caller.ts';
import { withNoise } from './noise.ts';
import type { CallPlan, Expectation, Step } from './plan.ts';
import type { CallFailure, TurnResult } from './result.ts';

const LINE_RATE_HZ = 8_000;
/** An agent that says nothing for this long, or does not hang up, has failed. */
const REPLY_LIMIT_MS = 15_000;
/** Into the greeting, when it is the greeting that is hung up in. */
const INTO_GREETING_MS = 500;

/** A step of a call that did not go as planned. */
export class StepError extends Error {
  readonly step: CallFailure['step'];

  constructor(step: CallFailure['step'], message: string) {
    super(message);
    this.name = 'StepError';
    this.step = step;
  }
}

/** @returns whether the answer is what was expected; without expectation, whether it was understood */
export function isRight(heard: string, expect: Expectation | undefined): boolean {
  if (!expect) return heard !== '';
  if (expect.that === 'words') return heard.includes(expect.words);
  const amount = heardAmountMinor(heard);
  return amount !== undefined && (expect.minor === undefined || amount === expect.minor);
}

/**
 * Go through a plan in a call, to the hanging up.
 * @param onTurn told of each turn as soon as it is over
 * @throws {StepError} at the first step that can't be done
 */
export async function converse(
  caller: Caller,
  plan: CallPlan,
  onTurn: (turn: TurnResult) => void,
): Promise<void> {
  if (plan.hangUp === 'ringing') {
    await at('ring', caller.ringing);
    return caller.hangUp();
  }
  await at('answer', caller.answered);
  if (plan.hangUp === 'greeting') {
    await at('greeting', caller.waitForSpeechStart({ timeoutMs: REPLY_LIMIT_MS }));
    await delay(INTO_GREETING_MS);
    return caller.hangUp();
  }
  const speaker = plan.noiseDb === undefined ? caller : noisy(caller, plan.noiseDb);
  const [first] = plan.steps;
  if (first?.do === 'say' && first.bargeInMs !== undefined) {
    await at('greeting', caller.waitForSpeechStart({ timeoutMs: REPLY_LIMIT_MS }));
  } else await at('greeting', hearGreeting(caller));
  for (const [index, step] of plan.steps.entries()) {
    const next = plan.steps[index + 1];
    const interrupted = next?.do === 'say' && next.bargeInMs !== undefined;
    await take(caller, speaker, { step, interrupted }, onTurn);
  }
  if (plan.hangUp === 'agent') await at('end', agentHangsUp(caller));
  else await caller.hangUp();
}

async function take(
  caller: Caller,
  speaker: Speaker,
  { step, interrupted }: { step: Step; interrupted: boolean },
  onTurn: (turn: TurnResult) => void,
): Promise<void> {
  switch (step.do) {
    case 'silence':
      return delay(step.ms);
    case 'keys':
      return at('turn', caller.sendDtmf(step.digits));
    case 'say': {
      const { text, expect, bargeInMs } = step;
      const stopped = bargeInMs === undefined ? undefined : await bargeIn(caller, bargeInMs);
      if (interrupted) {
        const { startedAtMs, ...turn } = await at('turn', sayOnly(caller, speaker, text));
        onTurn({ ...turn, ...stopped?.(startedAtMs) });
        return;
      }
      const { startedAtMs, ...turn } = await at('turn', ask(speaker, text));
      onTurn({ ...turn, right: isRight(turn.heard, expect), ...stopped?.(startedAtMs) });
    }
  }
}

/** Say a sentence and wait for the begin of its answer, which is not heard out, and so not judged. */
async function sayOnly(caller: Caller, speaker: Speaker, text: string) {
  const { startedAtMs, lastLoudAtMs } = await speaker.play(await sound(text));
  const answeredAtMs = await caller.waitForSpeechStart({
    afterMs: lastLoudAtMs,
    timeoutMs: REPLY_LIMIT_MS,
  });
  const mouthToEarMs = answeredAtMs - lastLoudAtMs;
  return { said: text, heard: '', right: true, mouthToEarMs, startedAtMs };
}

function sound(text: string): Promise<Int16Array> {
  return speak(text, { sampleRateHz: LINE_RATE_HZ });
}

/** Wait for the moment to speak into the agent's words, and watch for when it stops. */
async function bargeIn(
  caller: Caller,
  afterMs: number,
): Promise<(startedAtMs: number) => { stoppedAfterMs?: number }> {
  let stoppedAtMs: number | undefined;
  await delay(afterMs);
  const stop = caller.onHeard((event) => {
    if (event.type !== 'speech-end') return;
    stoppedAtMs ??= event.atMs;
  });
  return (startedAtMs) => {
    stop();
    const stoppedAfterMs = (stoppedAtMs ?? NaN) - startedAtMs;
    return stoppedAfterMs > 0 ? { stoppedAfterMs } : {};
  };
}

/** The same caller in a noisy place. The end of its speech is that of the words, not of the noise. */
function noisy(caller: Caller, noiseDb: number): Speaker {
  return {
    nextUtterance: (options) => caller.nextUtterance(options),
    play: async (samples) => {
      const { startedAtMs } = await caller.play(withNoise(samples, noiseDb));
      return playedFrom(startedAtMs, samples);
    },
  };
}

async function agentHangsUp(caller: Caller): Promise<void> {
  const enough = new AbortController();
  const late = delay(REPLY_LIMIT_MS, true, { signal: enough.signal }).catch(() => false);
  const tooLate = await Promise.race([caller.ended.then(() => false), late]);
  enough.abort();
  if (tooLate)
    throw new Error(`the agent had not hung up ${REPLY_LIMIT_MS / 1_000} s after the goodbye`);
}

async function at<T>(step: CallFailure['step'], doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    throw new StepError(step, error instanceof Error ? error.message : String(error));
  }
}

/** Have the sentences ready before calls are up: speaking one takes processor time. */
export async function prepare(plan: CallPlan): Promise<void> {
  for (const step of plan.steps) {
    if (step.do === 'say') await sound(step.text);
  }
}
