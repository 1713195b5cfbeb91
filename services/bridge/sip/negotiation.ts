import { randomInt } from 'node:crypto';
import {
  G711_OF,
  readOffer,
  writeAnswer,
  writeOffer,
  type CodecName,
  type MediaAgreement,
  type OfferFault,
  type Offer,
} from './sdp.ts';

/** What we offer for telephone events if nobody has named a number yet. */
const TELEPHONE_EVENT = 101;

export interface NegotiationOptions {
  codecs: readonly CodecName[];
  /** Address and port written into our descriptions. */
  address: string;
  port: number;
  addressFamily: 4 | 6;
  /** Master key and salt of what we send, where the audio is protected. */
  srtpKey: Buffer;
}

/**
 * Offers and answers of one call (RFC 3264), whoever makes the offer. What can't be taken leaves
 * everything as it was (RFC 3261 §14.2).
 */
export class Negotiation {
  readonly #options: NegotiationOptions;
  readonly #sessionId = randomInt(1, 2 ** 31);
  #version = 0;
  #local = '';
  #agreement: MediaAgreement;

  constructor(options: NegotiationOptions) {
    this.#options = options;
    const [codec = 'PCMA'] = options.codecs;
    this.#agreement = {
      codec,
      payloadType: G711_OF[codec],
      telephoneEvent: TELEPHONE_EVENT,
      remote: undefined,
      direction: 'sendrecv',
    };
  }

  /** What holds now; before the first answer what we would like. */
  get agreement(): MediaAgreement {
    return this.#agreement;
  }

  /** Our description that was said last. */
  get local(): string {
    return this.#local;
  }

  /** Take an offer. @returns our answer */
  takeOffer(sdp: string): { sdp: string } | OfferFault {
    const offer = this.#read(sdp);
    return 'kind' in offer ? offer : this.take(offer);
  }

  /** Take an offer that was read already. @returns our answer */
  take(offer: Offer): { sdp: string } {
    this.#agreement = offer.agreement;
    return { sdp: this.#say((place) => writeAnswer(offer, place)) };
  }

  /**
   * Our own offer, where theirs is missing (RFC 3261 §14.2): all that the trunk allows, what is
   * spoken now first and under its numbers. It ends a hold, if they agree.
   */
  offer(): string {
    const { codec, payloadType, telephoneEvent = TELEPHONE_EVENT, srtp } = this.#agreement;
    const others = this.#options.codecs.filter((other) => other !== codec);
    const codecs = [
      { codec, payloadType },
      ...others.map((other) => ({ codec: other, payloadType: G711_OF[other] })),
    ];
    return this.#say((place) => writeOffer({ codecs, telephoneEvent, srtp }, place));
  }

  /** Take the answer to our offer. */
  takeAnswer(sdp: string): MediaAgreement | OfferFault {
    const answer = this.#read(sdp);
    if ('kind' in answer) return answer;
    this.#agreement = answer.agreement;
    return this.#agreement;
  }

  #read(sdp: string): Offer | OfferFault {
    return readOffer(sdp, this.#options.codecs, this.#options.addressFamily);
  }

  /** RFC 3264 §8: another description needs another version, the same one keeps its own. */
  #say(write: (place: Parameters<typeof writeAnswer>[1]) => string): string {
    const { address, port, srtpKey } = this.#options;
    const place = {
      address,
      port,
      srtpKey,
      sessionId: this.#sessionId,
      sessionVersion: this.#version,
    };
    if (this.#version > 0 && write(place) === this.#local) return this.#local;
    this.#version += 1;
    this.#local = write({ ...place, sessionVersion: this.#version });
    return this.#local;
  }
}
