import { randomInt } from 'node:crypto';
import { OWN_SRTP, type MediaEncryption, type OfferedSrtp } from './sdp-crypto.ts';
import {
  G711_OF,
  readOffer,
  writeAnswer,
  writeOffer,
  type MediaAgreement,
  type MediaTerms,
  type OfferFault,
  type Offer,
} from './sdp.ts';

/** What we offer for telephone events if nobody has named a number yet. */
const TELEPHONE_EVENT = 101;

export interface NegotiationOptions extends MediaTerms {
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
  /** SRTP of our last offer, if it had any. */
  #offered: OfferedSrtp | undefined;

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
    const { codec, payloadType, telephoneEvent = TELEPHONE_EVENT } = this.#agreement;
    const others = this.#options.codecs.filter((other) => other !== codec);
    const required = this.#options.mediaEncryption === 'require';
    const srtp = this.#agreement.srtp ?? (required ? OWN_SRTP : undefined);
    this.#offered = srtp;
    const codecs = [
      { codec, payloadType },
      ...others.map((other) => ({ codec: other, payloadType: G711_OF[other] })),
    ];
    return this.#say((place) => writeOffer({ codecs, telephoneEvent, srtp }, place));
  }

  /** Take the answer to our offer: protected under the line that was offered, or not at all. */
  takeAnswer(sdp: string): MediaAgreement | OfferFault {
    const offered = this.#offered;
    const answer = this.#read(sdp, offered ? 'require' : 'off');
    if ('kind' in answer) return answer;
    const { srtp } = answer.agreement;
    if (srtp?.tag !== offered?.tag || srtp?.suite !== offered?.suite) {
      const problem = `a=crypto:${srtp?.tag} ${srtp?.suite} was not offered`;
      return { kind: 'not-acceptable', problem };
    }
    this.#agreement = answer.agreement;
    return this.#agreement;
  }

  #read(
    sdp: string,
    mediaEncryption: MediaEncryption = this.#options.mediaEncryption,
  ): Offer | OfferFault {
    const { codecs, addressFamily } = this.#options;
    return readOffer(sdp, { codecs, mediaEncryption }, addressFamily);
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
