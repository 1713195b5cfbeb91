import { z } from 'zod';
import type { Heard } from '../speech/recognition.ts';

/** Where an utterance's own sound ends is known this well. */
const LENGTH_TOLERANCE_MS = 40;

export const toldWordsSchema = z.strictObject({
  /** What every utterance from now on says. */
  text: z.string().trim().min(1).max(1_000),
  /** From its first sound to its last. */
  speechMs: z.number().positive().max(60_000),
});

/**
 * What callers are about to say, told to the recogniser beforehand: a provider that takes no time at
 * all, which no recogniser on the same machine can be. For measuring everything else.
 */
export class ToldWords {
  #told: z.output<typeof toldWordsSchema> | undefined;

  set(told: z.input<typeof toldWordsSchema>): void {
    this.#told = toldWordsSchema.parse(told);
  }

  /** Listen again. */
  clear(): void {
    this.#told = undefined;
  }

  /** What the utterance that begins now says; undefined if it has to be listened to. */
  next(): ToldUtterance | undefined {
    return this.#told && new ToldUtterance(this.#told.text, this.#told.speechMs);
  }
}

/** An utterance whose words are known before they are said. */
export class ToldUtterance {
  readonly heard: Heard;
  readonly #leastMs: number;

  constructor(text: string, speechMs: number) {
    const words = text.toLowerCase().split(/\s+/);
    const perWordMs = speechMs / words.length;
    this.heard = {
      text: words.join(' '),
      words: words.map((word, index) => ({
        word,
        startMs: Math.round(index * perWordMs),
        endMs: Math.round((index + 1) * perWordMs),
      })),
    };
    this.#leastMs = speechMs - LENGTH_TOLERANCE_MS;
  }

  /** Whether a silence behind so much speech is its end, and not a pause inside. */
  isWhole(spokenMs: number): boolean {
    return spokenMs >= this.#leastMs;
  }
}
