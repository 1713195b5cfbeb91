/** After this long without a key the entry is over. */
const PAUSE_MS = 3_000;
/** Nobody keys in more than a card's number and a bit. */
const MOST_DIGITS = 32;

export interface KeypadOptions {
  /** Digits that belong together; never empty. */
  onEntry: (digits: string) => void;
  pauseMs?: number;
}

/**
 * Puts the keys of a telephone together to entries. `#` ends one, and so does a pause or the number
 * of digits that is awaited; `*` begins again.
 */
export class Keypad {
  readonly #options: KeypadOptions;
  #digits = '';
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: KeypadOptions) {
    this.#options = options;
  }

  /**
   * @param key `0`–`9`, `*`, `#`; others are no concern of ours
   * @param awaited how many digits the entry is to have, if that is known
   */
  press(key: string, awaited?: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    if (key === '#') return this.#end();
    if (key === '*') this.#digits = '';
    else if (/^\d$/.test(key) && this.#digits.length < MOST_DIGITS) this.#digits += key;
    if (this.#digits === '') return;
    if (this.#digits.length === awaited) return this.#end();
    this.#timer = setTimeout(() => this.#end(), this.#options.pauseMs ?? PAUSE_MS);
  }

  /** What was begun is no entry, and no key is any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #end(): void {
    const digits = this.#digits;
    this.#digits = '';
    if (digits !== '') this.#options.onEntry(digits);
  }
}
