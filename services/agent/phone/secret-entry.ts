import { maskDigits, spokenDigits } from './spoken-digits.ts';

/** An entry that nobody makes is no longer awaited after this long. */
const AWAITED_MS = 30_000;

/**
 * Digits that only a tool may see: a PIN, the end of a card's number. While they are awaited it is
 * the same whether the caller keys them in or says them. They are given out once.
 */
export class SecretEntry {
  readonly #now: () => number;
  #awaited: { length: number; untilMs: number } | undefined;
  #digits: string | undefined;

  /** @param now monotonic ms; performance.now by default */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** From now on so many digits are awaited. What was entered before is forgotten. */
  await(length: number): void {
    this.#digits = undefined;
    this.#awaited = { length, untilMs: this.#now() + AWAITED_MS };
  }

  /** How many digits are awaited; undefined if none are. */
  get awaited(): number | undefined {
    if (this.#awaited && this.#now() > this.#awaited.untilMs) this.#awaited = undefined;
    return this.#awaited?.length;
  }

  /** The caller keyed these in. @returns true if they were awaited */
  onKeyed(digits: string): boolean {
    if (this.awaited === undefined) return false;
    // Too few or too many are an entry too: a wrong one.
    this.#digits = digits;
    this.#awaited = undefined;
    return true;
  }

  /** The caller said this. @returns the words as they may be kept */
  onSaid(words: string): string {
    if (this.awaited === undefined) return words;
    const digits = spokenDigits(words);
    // A word that happens to be a number is no entry.
    if (digits.length < 2) return words;
    this.onKeyed(digits);
    return maskDigits(words);
  }

  /** What was entered, once. */
  take(): string | undefined {
    const digits = this.#digits;
    this.#digits = undefined;
    return digits;
  }
}
