/**
 * The few words that bridge a wait ("One moment, please."). Said at most once between two utterances
 * of the caller, whoever is late.
 */
export class Filler {
  /** The words; empty if the agent has none. */
  readonly text: string;
  #said = false;

  constructor(text: string) {
    this.text = text;
  }

  /** The caller speaks, so a new turn begins. */
  renew(): void {
    this.#said = false;
  }

  /** @returns the words to say now, or undefined if they were said or there are none */
  take(): string | undefined {
    if (this.#said || this.text === '') return undefined;
    this.#said = true;
    return this.text;
  }
}
