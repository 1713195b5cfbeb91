import { understand } from '../speech/ear.ts';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { speak } from '../speech/espeak.ts';
import type { Utterance, WaitOptions } from '../telephone/hearing.ts';

/** Somebody who can speak and listen: the telephone's call and the browser's caller. Samples at 8 kHz. */
export interface Speaker {
  play(samples: Int16Array): Promise<{ startedAtMs: number; lastLoudAtMs: number }>;
  nextUtterance(options?: WaitOptions): Promise<Utterance>;
}

const LINE_RATE_HZ = 8_000;
/** An agent that says nothing for this long has failed. */
const ANSWER_TIMEOUT_MS = 15_000;
/** The rest of a sentence comes sooner than this, or not at all. */
const PIECE_TIMEOUT_MS = 3_000;
export const BALANCE_QUESTION = 'what is my account balance';
export const GOODBYE = 'thank you goodbye';

export interface HeardTurn {
  said: string;
  /** What the recogniser made of the answer; empty if it made nothing of it. */
  heard: string;
  /** When the caller began to speak, epoch ms. */
  startedAtMs: number;
  /** End of the caller's speech → first sound of the answer, at the caller. */
  mouthToEarMs: number;
}

/**
 * Hear the agent out. A sentence that came in pieces, because a busy machine left gaps in it, is put
 * together until it makes sense.
 */
async function hearOut(
  speaker: Speaker,
  afterMs?: number,
): Promise<{ heard: string; startedAtMs: number }> {
  const first = await speaker.nextUtterance({
    timeoutMs: ANSWER_TIMEOUT_MS,
    ...(afterMs === undefined ? {} : { afterMs }),
  });
  const { startedAtMs } = first;
  let samples = first.samples;
  let last = first;
  for (;;) {
    const heard = await understand(samples);
    if (heard !== '') return { heard, startedAtMs };
    try {
      last = await speaker.nextUtterance({ afterMs: last.endedAtMs, timeoutMs: PIECE_TIMEOUT_MS });
    } catch {
      // Nothing more came: it was said, but not understood.
      return { heard, startedAtMs };
    }
    samples = Int16Array.of(...samples, ...last.samples);
  }
}

/** Wait for the agent's first words. @returns what the recogniser made of them */
export async function hearGreeting(speaker: Speaker): Promise<string> {
  return (await hearOut(speaker)).heard;
}

/** Say a sentence and hear the answer out. @throws when nothing is answered in time */
export async function ask(speaker: Speaker, sentence: string): Promise<HeardTurn> {
  const samples = await speak(sentence, { sampleRateHz: LINE_RATE_HZ });
  const { startedAtMs, lastLoudAtMs } = await speaker.play(samples);
  const answer = await hearOut(speaker, lastLoudAtMs);
  const mouthToEarMs = answer.startedAtMs - lastLoudAtMs;
  return { said: sentence, heard: answer.heard, startedAtMs, mouthToEarMs };
}

/** Undefined when the right amount was heard, else one sentence that says what was heard instead. */
export function balanceFault(heard: string, expectedMinor: number): string | undefined {
  const amount = heardAmountMinor(heard);
  if (amount === expectedMinor) return undefined;
  const right = `$${(expectedMinor / 100).toFixed(2)}`;
  return amount === undefined
    ? `the agent was not heard to say an amount (heard: "${heard}"); ${right} would be right`
    : `the agent was heard to say $${(amount / 100).toFixed(2)} (heard: "${heard}"); ${right} would be right`;
}
