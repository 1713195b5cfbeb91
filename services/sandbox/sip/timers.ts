/** The three times from which all SIP timers are made, RFC 3261 §17.1.1.1 and appendix A. */
export interface SipTimers {
  /** Estimated round trip; first retransmission after it. */
  t1Ms: number;
  /** Longest pause between retransmissions of requests and 2xx. */
  t2Ms: number;
  /** How long a message may stay in the network. */
  t4Ms: number;
}

export const DEFAULT_TIMERS: Readonly<SipTimers> = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };

/** 64·T1: timers B, F, H, J, L, M, and the wait for the ACK to a 2xx. 32 s by default. */
export function giveUpMs(timers: SipTimers): number {
  return 64 * timers.t1Ms;
}

/** Calls back after T1, 2·T1, 4·T1, … with pauses of at most `maxPauseMs`, until stopped. */
export class Backoff {
  readonly #again: () => void;
  readonly #maxPauseMs: number;
  #pauseMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(firstPauseMs: number, maxPauseMs: number, again: () => void) {
    this.#pauseMs = firstPauseMs;
    this.#maxPauseMs = maxPauseMs;
    this.#again = again;
    this.#arm();
  }

  /** Timer E in the Proceeding state (§17.1.2.2): from now on the longest pause. */
  slowDown(): void {
    if (!this.#timer) return;
    this.#pauseMs = this.#maxPauseMs;
    clearTimeout(this.#timer);
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#pauseMs = Math.min(this.#pauseMs * 2, this.#maxPauseMs);
      this.#arm();
      this.#again();
    }, this.#pauseMs);
  }
}
