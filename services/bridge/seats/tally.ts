import type { Direction, StretchQuality } from '../rtp/quality-watch.ts';
import type { DiscardReason } from '../rtp/receiver.ts';
import type { RtpCounters } from '../rtp/session.ts';

/** One delay in so many is kept: at 50 packets a second that is plenty. */
const SAMPLE_EVERY = 10;

/** What was counted since the last report; for metrics. Delays in ms. */
export interface RtpReport {
  received: number;
  sent: number;
  discarded: [DiscardReason, number][];
  delaysIn: number[];
  delaysOut: number[];
  clockLags: number[];
  stretches: StretchQuality[];
  oneWay: Direction[];
}

/** Counts in plain numbers what the hot path sees, until somebody takes it. */
export class RtpTally implements RtpCounters {
  #received = 0;
  #sent = 0;
  #discarded = new Map<DiscardReason, number>();
  #delaysIn: number[] = [];
  #delaysOut: number[] = [];
  #clockLags: number[] = [];
  #stretches: StretchQuality[] = [];
  #oneWay: Direction[] = [];
  #skippedIn = 0;
  #skippedOut = 0;
  #skippedLags = 0;

  readonly received = (): void => void (this.#received += 1);
  readonly sent = (): void => void (this.#sent += 1);
  readonly discarded = (reason: DiscardReason): void =>
    void this.#discarded.set(reason, (this.#discarded.get(reason) ?? 0) + 1);
  readonly delayIn = (ms: number): void => {
    this.#skippedIn = (this.#skippedIn + 1) % SAMPLE_EVERY;
    if (this.#skippedIn === 0) this.#delaysIn.push(ms);
  };
  readonly delayOut = (ms: number): void => {
    this.#skippedOut = (this.#skippedOut + 1) % SAMPLE_EVERY;
    if (this.#skippedOut === 0) this.#delaysOut.push(ms);
  };
  readonly clockLag = (ms: number): void => {
    this.#skippedLags = (this.#skippedLags + 1) % SAMPLE_EVERY;
    if (this.#skippedLags === 0) this.#clockLags.push(ms);
  };
  readonly stretch = (quality: StretchQuality): void => void this.#stretches.push(quality);
  readonly oneWay = (direction: Direction): void => void this.#oneWay.push(direction);

  /** Take what was counted, and count anew. */
  take(): RtpReport {
    const report: RtpReport = {
      received: this.#received,
      sent: this.#sent,
      discarded: [...this.#discarded],
      delaysIn: this.#delaysIn,
      delaysOut: this.#delaysOut,
      clockLags: this.#clockLags,
      stretches: this.#stretches,
      oneWay: this.#oneWay,
    };
    this.#received = this.#sent = 0;
    this.#discarded.clear();
    this.#delaysIn = [];
    this.#delaysOut = [];
    this.#clockLags = [];
    this.#stretches = [];
    this.#oneWay = [];
    return report;
  }
}
