import { llm } from '@livekit/agents';
import { timingSafeEqual } from 'node:crypto';
import type { SecretEntry } from '../phone/secret-entry.ts';
import type { Ask, CallTool } from './call-tools.ts';

/** Wrong entries of one call after which no more are taken. */
const MOST_TRIES = 3;

export interface VerifyCallerOptions {
  secret: SecretEntry;
  ask: Ask;
  /** How many digits are asked for. */
  length: number;
  /** What the caller is asked, and what it is called when it was wrong. */
  words: { question: string; wrong: string; tooOften: string; verified: string };
  /** The right digits. */
  expected: () => Promise<string>;
}

/**
 * `verify_caller`: has the caller key in or say digits and tells whether they are right. The model
 * learns only that; the digits stand in no log and no record.
 */
export function verifyCallerTool(options: VerifyCallerOptions): CallTool {
  const { secret, ask, length, words, expected } = options;
  let tries = 0;
  return llm.tool({
    name: 'verify_caller',
    description:
      'Have the caller prove who they are by digits. It asks the caller by itself: call it again ' +
      'once the caller has keyed them in or said them, and say the words of `spoken`.',
    execute: async (_args, { ctx }) => {
      if (tries >= MOST_TRIES) return { status: 'refused', spoken: words.tooOften };
      const given = secret.take();
      if (given === undefined) {
        secret.await(length);
        ask(words.question, ctx.speechHandle);
        return undefined;
      }
      if (same(given, await expected())) return { status: 'verified', spoken: words.verified };
      tries++;
      if (tries >= MOST_TRIES) return { status: 'refused', spoken: words.tooOften };
      secret.await(length);
      return { status: 'wrong', spoken: words.wrong };
    },
  });
}

/** Compares in constant time. */
function same(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
