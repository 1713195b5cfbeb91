import { randomBytes } from 'node:crypto';
import type { MediaClock } from './rtp/clock.ts';
import type { LatchRule } from './rtp/latch.ts';
import {
  RtpSession,
  type RtpCounters,
  type RtpSessionEvents,
  type RtpSessionStats,
} from './rtp/session.ts';
import type { RtpPair } from './rtp/socket.ts';
import { SRTP_KEY_BYTES } from './rtp/srtp.ts';
import { Negotiation } from './sip/negotiation.ts';
import type { CodecName, Offer } from './sip/sdp.ts';

export interface CallMediaOptions {
  /** The caller's offer; without one we make ours. */
  offer: Offer | undefined;
  codecs: readonly CodecName[];
  pair: RtpPair;
  /** Address written into answers. */
  advertisedAddress: string;
  clock: MediaClock;
  counters: RtpCounters;
  latch: LatchRule;
  startTimeoutMs: number;
  timeoutMs: number;
  events: RtpSessionEvents;
}

/** The audio of one call and the offers and answers about it. */
export class CallMedia {
  readonly #session: RtpSession;
  readonly #negotiation: Negotiation;
  readonly #description: string;

  constructor(options: CallMediaOptions) {
    const srtpKey = randomBytes(SRTP_KEY_BYTES);
    this.#negotiation = new Negotiation({
      codecs: options.codecs,
      address: options.advertisedAddress,
      port: options.pair.port,
      addressFamily: options.pair.family,
      srtpKey,
    });
    this.#description = options.offer
      ? this.#negotiation.take(options.offer).sdp
      : this.#negotiation.offer();
    this.#session = new RtpSession({
      ...options,
      agreement: this.#negotiation.agreement,
      srtpKey,
    });
  }

  /** What our 200 carries: the answer to the caller's offer, or our offer. */
  get description(): string {
    return this.#description;
  }

  get codec(): CodecName {
    return this.#negotiation.agreement.codec;
  }

  get stats(): RtpSessionStats {
    return this.#session.stats;
  }

  /** Begin to receive: the answer is on its way. */
  open(): void {
    this.#session.open();
  }

  /** Begin to send: the call is answered. */
  startSending(): void {
    this.#session.startSending();
  }

  /** Audio for the caller. */
  play(source: string, samples: Int16Array): void {
    this.#session.play(source, samples);
  }

  endSource(source: string): void {
    this.#session.endSource(source);
  }

  /** Let the caller's phone hear a key. @returns false if it takes no telephone events */
  sendDtmf(key: string): boolean {
    return this.#session.sendDtmf(key);
  }

  /** Let the caller hear what is on its way, at most a few frames. */
  finish(): Promise<void> {
    return this.#session.finish();
  }

  close(): void {
    this.#session.close();
  }

  /**
   * Answer a re-INVITE or UPDATE: the caller's media has moved, is put on hold, or is only
   * refreshed. One that can't be taken leaves everything as it was (RFC 3261 §14.2). Without an
   * offer the answer is our offer, and {@link takeAnswer} follows.
   */
  reinvite(sdp: string): { sdp: string } | { status: number } {
    if (sdp.trim() === '') return { sdp: this.#negotiation.offer() };
    const answer = this.#negotiation.takeOffer(sdp);
    if ('kind' in answer) return { status: answer.kind === 'malformed' ? 400 : 488 };
    this.#session.update(this.#negotiation.agreement);
    return answer;
  }

  /** Take the answer to our offer. @returns what is wrong with it, if it can't be taken */
  takeAnswer(sdp: string): string | undefined {
    const agreement = this.#negotiation.takeAnswer(sdp);
    if ('kind' in agreement) return agreement.problem;
    this.#session.update(agreement);
    return undefined;
  }
}
