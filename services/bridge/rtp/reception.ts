import { sequenceDistance, type RtpPacket } from '@patchbay/common/rtp-packet';

const SAMPLES_PER_MS = 8;
const MAX_DROPOUT = 3_000;

/** What a receiver says about a stream (RFC 3550 §6.4.1). */
export interface ReportBlock {
  ssrc: number;
  /** Part lost since the last report, 0–255 of 256. */
  fractionLost: number;
  /** Since the beginning; 24 bits, negative if packets were doubled. */
  cumulativeLost: number;
  /** Highest sequence number, with the number of wraps above it. */
  highestSequence: number;
  /** In timestamp units. */
  jitter: number;
  /** Middle 32 bits of the last sender report's NTP time, and 1/65536 s since then; 0 if none came. */
  lastSenderReport: number;
  delaySinceLast: number;
}

/** Counts what arrives of one stream, as RFC 3550 A.1, A.3 and A.8 say. */
export class Reception {
  #ssrc: number | undefined;
  #first = 0;
  #highest = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #reordered = 0;
  #transit: number | undefined;
  #jitterSamples = 0;
  #mostJitterSamples = 0;
  #timestamp = 0;

  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  /** Packets that came after one with a higher number. */
  get reordered(): number {
    return this.#reordered;
  }

  get jitterMs(): number {
    return this.#jitterSamples / SAMPLES_PER_MS;
  }

  get mostJitterMs(): number {
    return this.#mostJitterSamples / SAMPLES_PER_MS;
  }

  /** @param timed false for packets whose timestamp is not that of their sending */
  add(packet: RtpPacket, nowMs: number, timed: boolean): void {
    const step = sequenceDistance(this.#highest & 0xffff, packet.sequence);
    if (packet.ssrc !== this.#ssrc || Math.abs(step) > MAX_DROPOUT) this.#begin(packet);
    else if (step > 0) this.#highest += step;
    else if (step < 0) this.#reordered += 1;
    this.#received += 1;
    if (timed) this.#measureJitter(packet.timestamp, nowMs);
  }

  /** A report on what came since the last one. */
  report(lastSenderReport: number, delaySinceLast: number): ReportBlock | undefined {
    if (this.#ssrc === undefined) return undefined;
    const expected = this.#highest - this.#first + 1;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    const fraction = expectedNow > 0 && lostNow > 0 ? (lostNow * 256) / expectedNow : 0;
    return {
      ssrc: this.#ssrc,
      fractionLost: Math.min(255, Math.floor(fraction)),
      cumulativeLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, expected - this.#received)),
      highestSequence: this.#highest >>> 0,
      jitter: Math.round(this.#jitterSamples),
      lastSenderReport,
      delaySinceLast,
    };
  }

  #begin(packet: RtpPacket): void {
    this.#ssrc = packet.ssrc;
    this.#first = this.#highest = packet.sequence;
    this.#received = 0;
    this.#expectedBefore = this.#receivedBefore = 0;
    this.#transit = undefined;
  }

  #measureJitter(timestamp: number, nowMs: number): void {
    const transit = Math.round(nowMs * SAMPLES_PER_MS - timestamp) | 0;
    const change = this.#transit === undefined ? 0 : Math.abs((transit - this.#transit) | 0);
    this.#transit = transit;
    // A jump of the timestamps is no jitter.
    if (change > 1_000 * SAMPLES_PER_MS || timestamp === this.#timestamp) return;
    this.#timestamp = timestamp;
    this.#jitterSamples += (change - this.#jitterSamples) / 16;
    this.#mostJitterSamples = Math.max(this.#mostJitterSamples, this.#jitterSamples);
  }
}
