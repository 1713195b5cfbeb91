/**
 * Makes the offers of a connection one after the other, the second not before the server has begun
 * to connect: LiveKit (pion) takes a second one that comes sooner for an ICE restart, and changes its
 * credentials, which libdatachannel does not take.
 */
export class Negotiator {
  readonly #offer: () => void;
  /** Whoever waits for the next offer to be answered, and for the one that is out. */
  #next: (() => void)[] = [];
  #asked: (() => void)[] = [];
  #state: 'idle' | 'due' | 'offered' | 'connecting' | 'closed' = 'idle';
  #connected = false;

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
    for (const resolve of this.#asked.splice(0)) resolve();
    this.#state = 'connecting';
    if (this.#connected) this.#goOn();
  }

  /** The server has answered a check of ours: it connects with what the first offer said. */
  connected(): void {
    this.#connected = true;
    if (this.#state === 'connecting') this.#goOn();
  }

  close(): void {
    this.#state = 'closed';
  }

  #goOn(): void {
    this.#state = 'idle';
    if (this.#next.length > 0) this.#begin();
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
