import { randomInt } from 'node:crypto';
import type { MediaClock } from './rtp/clock.ts';
import type { LatchRule } from './rtp/latch.ts';
import {
  RtpSession,
  type RtpCounters,
  type RtpSessionEvents,
  type RtpSessionStats,
} from './rtp/session.ts';
import type { RtpPair } from './rtp/socket.ts';
import { readOffer, writeAnswer, type CodecName, type Offer } from './sip/sdp.ts';

export interface CallMediaOptions {
  offer: Offer;
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
  readonly #options: CallMediaOptions;
  readonly #session: RtpSession;
  readonly #sessionId = randomInt(1, 2 ** 31);
  #version = 1;
  #offer: Offer;
  #answer: string;

  constructor(options: CallMediaOptions) {
    this.#options = options;
    this.#offer = options.offer;
    this.#answer = this.#write(options.offer);
    this.#session = new RtpSession({ ...options, agreement: options.offer.agreement });
  }

  /** The SDP answer that holds now. */
  get answer(): string {
    return this.#answer;
  }

  get codec(): CodecName {
    return this.#offer.agreement.codec;
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

  /** Let the caller hear what is on its way, at most a few frames. */
  finish(): Promise<void> {
    return this.#session.finish();
  }

  close(): void {
    this.#session.close();
  }

  /**
   * Answer a re-INVITE: the caller's media has moved, is put on hold, or is only refreshed. One
   * that can't be taken leaves everything as it was (RFC 3261 §14.2).
   */
  reinvite(sdp: string): { sdp: string } | { status: number } {
    // Without an offer the answer is our offer: what we have said already.
    if (sdp.trim() === '') return { sdp: this.#answer };
    const offer = readOffer(sdp, this.#options.codecs, this.#options.pair.family);
    if ('kind' in offer) return { status: offer.kind === 'malformed' ? 400 : 488 };
    this.#offer = offer;
    if (this.#write(offer) !== this.#answer) {
      // RFC 3264 §8: another answer needs another version.
      this.#version += 1;
      this.#answer = this.#write(offer);
    }
    this.#session.update(offer.agreement);
    return { sdp: this.#answer };
  }

  #write(offer: Offer): string {
    return writeAnswer(offer, {
      address: this.#options.advertisedAddress,
      port: this.#options.pair.port,
      sessionId: this.#sessionId,
      sessionVersion: this.#version,
    });
  }
}
