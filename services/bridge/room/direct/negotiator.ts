/** Makes the offers of a connection one after the other. */
export class Negotiator {
  readonly #offer: () => void;
  /** Whoever waits for the next offer to be answered, and for the one that is out. */
  #next: (() => void)[] = [];
  #asked: (() => void)[] = [];
  #state: 'idle' | 'due' | 'offered' | 'closed' = 'idle';

  /** @param offer makes one, of all that the connection has by then */
  constructor(offer: () => void) {
    this.#offer = offer;
  }

  /**
   * The connection has something new, which has to be offered. What comes until the end of this turn
   * of the event loop goes into one offer.
   * @returns resolves when it was answered; never if the connection is closed before
   */
  request(): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#next.push(resolve));
    if (this.#state === 'idle') this.#begin();
    return answered;
  }

  /** The server has answered the offer that was out. */
  answered(): void {
    if (this.#state !== 'offered') return;
    this.#state = 'idle';
    for (const resolve of this.#asked.splice(0)) resolve();
    if (this.#next.length > 0) this.#begin();
  }

  close(): void {
    this.#state = 'closed';
  }

  #begin(): void {
    this.#state = 'due';
    setImmediate(() => {
      if (this.#state !== 'due') return;
      this.#state = 'offered';
      this.#asked = this.#next.splice(0);
      this.#offer();
    });
  }
}
