/** Shorter sounds are coughs and doors, of which no recogniser makes words. */
const LEAST_SPEECH_MS = 500;
/** How long two recognisers are heard before it is clear that there were no words. */
export const RESCUE_LIMIT_MS = 3_000;

export interface OwedWordsOptions {
  /** The caller spoke and waits longer than usual for being understood. */
  onLate: () => void;
  /** Nobody made words of it in {@link RESCUE_LIMIT_MS} more. */
  onUnheard: () => void;
}

/** The words that are owed: the caller has spoken, and nobody has understood yet. */
export class OwedWords {
  readonly #options: OwedWordsOptions;
  #timer: NodeJS.Timeout | undefined;
  #owed = false;
  #spokeAtMs = 0;

  constructor(options: OwedWordsOptions) {
    this.#options = options;
  }

  get owed(): boolean {
    return this.#owed;
  }

  /** The caller begins to speak. */
  onSpeech(): void {
    clearTimeout(this.#timer);
    this.#owed = true;
    this.#spokeAtMs = Date.now();
  }

  /** The caller is silent. @param patienceMs how long words may take from now on */
  onSilence(patienceMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#owed || Date.now() - this.#spokeAtMs < LEAST_SPEECH_MS) return;
    this.#timer = setTimeout(() => this.#onLate(), patienceMs);
  }

  /** Words have come. */
  understood(): void {
    clearTimeout(this.#timer);
    this.#owed = false;
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #onLate(): void {
    this.#timer = setTimeout(() => {
      // Nobody made words of it, so it was none.
      this.#owed = false;
      this.#options.onUnheard();
    }, RESCUE_LIMIT_MS);
    this.#options.onLate();
  }
}
