import { Backoff, giveUpMs, type SipTimers } from './timers.ts';

/**
 * A 2xx to an INVITE until its ACK comes, RFC 3261 §13.3.1.4: sent again after T1, 2·T1, … (pauses
 * of at most T2) over UDP; over TCP only the wait of 64·T1 runs. The 2xx itself was sent already.
 */
export class AcceptedAnswer {
  readonly #resend: Backoff | undefined;
  readonly #deadline: NodeJS.Timeout;

  constructor(options: {
    reliable: boolean;
    timers: SipTimers;
    resend(): void;
    /** No ACK came: end the call with BYE. */
    onNoAck(): void;
  }) {
    const { timers } = options;
    if (!options.reliable) {
      this.#resend = new Backoff(timers.t1Ms, timers.t2Ms, () => options.resend());
    }
    this.#deadline = setTimeout(() => {
      this.stop();
      options.onNoAck();
    }, giveUpMs(timers));
  }

  /** The ACK came, or the call is over for another reason. */
  stop(): void {
    this.#resend?.stop();
    clearTimeout(this.#deadline);
  }
}
