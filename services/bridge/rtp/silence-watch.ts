export interface SilenceWatchOptions {
  /** Limit for the first packet, and between two packets. */
  startTimeoutMs: number;
  timeoutMs: number;
  /** The caller has sent nothing for too long. Called once. */
  timeout: () => void;
  /** Monotonic ms. */
  nowMs: number;
}

/** Measures how long a caller has sent nothing, and says when that is too long. */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #fromMs: number;
  #lastPacketMs: number | undefined;
  #timedOut = false;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#fromMs = options.nowMs;
  }

  /** What was silent until now does not count. */
  restart(nowMs: number): void {
    this.#fromMs = nowMs;
  }

  /**
   * How long the caller has sent nothing, though it should.
   * @param expected false while it need not send
   */
  silentMs(nowMs: number, lastPacketMs: number | undefined, expected: boolean): number {
    this.#lastPacketMs = lastPacketMs;
    if (!expected) {
      this.#fromMs = nowMs;
      return 0;
    }
    return nowMs - Math.max(this.#fromMs, lastPacketMs ?? 0);
  }

  /** Tell if so long a silence is too long. */
  check(silentMs: number): void {
    const { startTimeoutMs, timeoutMs, timeout } = this.#options;
    const limitMs = this.#lastPacketMs === undefined ? startTimeoutMs : timeoutMs;
    if (silentMs < limitMs || this.#timedOut) return;
    this.#timedOut = true;
    timeout();
  }
}
