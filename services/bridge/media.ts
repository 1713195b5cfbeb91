import { randomBytes } from 'node:crypto';
import type { RtpSessionStats } from './rtp/session.ts';
import { SRTP_KEY_BYTES } from './rtp/srtp.ts';
import type { MediaSeat, SeatEvents } from './seats/seat.ts';
import { Negotiation } from './sip/negotiation.ts';
import { isHeld, type CodecName, type MediaTerms, type Offer } from './sip/sdp.ts';

/** What happens to the audio of a call. None of these may throw. */
export interface CallMediaEvents extends SeatEvents {
  /**
   * Offer and answer were agreed on.
   * @param held the phone holds the call, see {@link isHeld}
   */
  agreed(held: boolean): void;
}

export interface CallMediaOptions {
  /** The caller's offer; without one we make ours. */
  offer: Offer | undefined;
  terms: MediaTerms;
  seat: MediaSeat;
  /** Address written into answers. */
  advertisedAddress: string;
  startTimeoutMs: number;
  timeoutMs: number;
  events: CallMediaEvents;
}

/** The audio of one call and the offers and answers about it. */
export class CallMedia {
  readonly #seat: MediaSeat;
  readonly #events: CallMediaEvents;
  readonly #negotiation: Negotiation;
  readonly #description: string;
  #stats: RtpSessionStats | undefined;

  constructor(options: CallMediaOptions) {
    const { seat, startTimeoutMs, timeoutMs, events } = options;
    this.#events = events;
    const srtpKey = randomBytes(SRTP_KEY_BYTES);
    this.#negotiation = new Negotiation({
      ...options.terms,
      address: options.advertisedAddress,
      port: seat.port,
      addressFamily: seat.family,
      srtpKey,
    });
    this.#description = options.offer
      ? this.#negotiation.take(options.offer).sdp
      : this.#negotiation.offer();
    this.#seat = seat;
    const { agreement } = this.#negotiation;
    seat.begin({ agreement, srtpKey, startTimeoutMs, timeoutMs }, events);
    this.#tellAgreed();
  }

  /** What our 200 carries: the answer to the caller's offer, or our offer. */
  get description(): string {
    return this.#description;
  }

  get codec(): CodecName {
    return this.#negotiation.agreement.codec;
  }

  /** What there was, once it is closed; undefined if that is lost. */
  get stats(): RtpSessionStats | undefined {
    return this.#stats;
  }

  /** Begin to receive: our answer is on its way, or theirs is here. */
  open(): void {
    this.#seat.open();
  }

  /** Begin to send: the call is answered. */
  startSending(): void {
    this.#seat.startSending();
  }

  /** Let the caller's phone hear a key. @returns false if it takes no telephone events */
  sendDtmf(key: string): boolean {
    if (this.#negotiation.agreement.telephoneEvent === undefined) return false;
    this.#seat.press(key);
    return true;
  }

  /** Let the caller hear what is on its way, at most a few frames. */
  finish(): Promise<void> {
    return this.#seat.finish();
  }

  async close(): Promise<void> {
    this.#stats = await this.#seat.end();
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
    this.#update();
    return answer;
  }

  /** Take the answer to our offer. @returns what is wrong with it, if it can't be taken */
  takeAnswer(sdp: string): string | undefined {
    const agreement = this.#negotiation.takeAnswer(sdp);
    if ('kind' in agreement) return agreement.problem;
    this.#update();
    return undefined;
  }

  #update(): void {
    this.#seat.update(this.#negotiation.agreement);
    this.#tellAgreed();
  }

  #tellAgreed(): void {
    this.#events.agreed(isHeld(this.#negotiation.agreement.direction));
  }
}
