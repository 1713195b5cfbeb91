import { randomBytes } from 'node:crypto';
import { buildRtcp, compactNtp, parseRtcp, type SenderInfo } from './rtcp.ts';
import type { Reception, ReportBlock } from './reception.ts';

/** RFC 3550 §6.2: a report about every 5 s, spread so that they don't all go at once. */
const INTERVAL_MS = 5_000;
const SAMPLES_PER_MS = 8;
const MAX_ROUND_TRIP_MS = 10_000;

/** What the phone last said about our audio. */
export interface FarReport {
  /** Lost since our first packet, and the part lost since its last report. */
  lost: number;
  lossRatio: number;
  jitterMs: number;
  highestSequence: number;
}

export interface RtcpSessionOptions {
  ssrc: number;
  reception: Reception;
  /** Undefined if no audio was sent lately. */
  sender: (nowMs: number) => SenderInfo | undefined;
  send: (data: Buffer) => void;
  /** Unix ms of a moment of the session's clock. */
  unixMs: (nowMs: number) => number;
  /** A number in [0, 1). */
  random?: () => number;
}

/** RTCP of one call: reports both ways, round-trip time, the goodbye. */
export class RtcpSession {
  readonly #options: RtcpSessionOptions;
  readonly #random: () => number;
  /** RFC 7022 §4.2: a random name, good for one call, that says nothing of the host. */
  readonly #cname = randomBytes(12).toString('base64');
  #nextMs: number | undefined;
  #lastSenderReport = 0;
  #lastSenderReportMs = 0;
  #roundTripMs: number | undefined;
  #far: FarReport | undefined;
  #reports = 0;
  #sent = 0;

  constructor(options: RtcpSessionOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** From here to the phone and back, by the last report; undefined if it sent none. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  get far(): FarReport | undefined {
    return this.#far;
  }

  /** Compound packets that came. */
  get reports(): number {
    return this.#reports;
  }

  /** To be called on every tick. */
  tick(nowMs: number): void {
    // The first one after half the time, so that short calls have figures too.
    this.#nextMs ??= nowMs + (INTERVAL_MS / 2) * (0.5 + this.#random());
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + INTERVAL_MS * (0.5 + this.#random());
    this.#report(nowMs, false);
  }

  /** Say goodbye, if anything was said before. */
  bye(nowMs: number): void {
    if (this.#sent > 0) this.#report(nowMs, true);
  }

  /** @returns false if it is no RTCP */
  receive(data: Uint8Array, nowMs: number): boolean {
    const reading = parseRtcp(data);
    if (!reading) return false;
    this.#reports += 1;
    if (reading.senderReport !== undefined) {
      this.#lastSenderReport = reading.senderReport;
      this.#lastSenderReportMs = nowMs;
    }
    const block = reading.blocks.find(({ ssrc }) => ssrc === this.#options.ssrc);
    if (block) this.#heardOfUs(block, nowMs);
    return true;
  }

  #heardOfUs(block: ReportBlock, nowMs: number): void {
    this.#far = {
      lost: block.cumulativeLost,
      lossRatio: block.fractionLost / 256,
      jitterMs: block.jitter / SAMPLES_PER_MS,
      highestSequence: block.highestSequence,
    };
    // §6.4.1: now − LSR − DLSR; a phone without our report says 0.
    if (block.lastSenderReport === 0) return;
    const arrived = compactNtp(this.#options.unixMs(nowMs));
    const trip = (arrived - block.lastSenderReport - block.delaySinceLast) | 0;
    const tripMs = (trip * 1_000) / 65_536;
    // Slightly less than nothing is a matter of rounding; much more is not from this call.
    if (tripMs > -5 && tripMs < MAX_ROUND_TRIP_MS) this.#roundTripMs = Math.max(0, tripMs);
  }

  #report(nowMs: number, bye: boolean): void {
    const { ssrc, reception, sender, send } = this.#options;
    const since = this.#lastSenderReport === 0 ? 0 : nowMs - this.#lastSenderReportMs;
    const delaySinceLast = Math.round((since * 65_536) / 1_000);
    const block = reception.report(this.#lastSenderReport, delaySinceLast);
    this.#sent += 1;
    send(buildRtcp({ ssrc, sender: sender(nowMs), block, cname: this.#cname, bye }));
  }
}
