import { randomInt } from 'node:crypto';
import { PCMA, PCMU, type G711PayloadType } from '@patchbay/common/g711';
import type { CallMedia } from './call-media.ts';
import {
  answerDirection,
  formatSdp,
  parseSdp,
  type AudioDescription,
  type Direction,
} from './sdp.ts';

/** What the telephone offers for telephone events. */
const DTMF_PAYLOAD_TYPE = 101;

export interface SessionOptions {
  address: string;
  media: CallMedia;
  /** In the order of preference; PCMA, PCMU by default. */
  payloadTypes?: readonly G711PayloadType[];
  /** Offer telephone events. Default true. */
  dtmf?: boolean;
  /** Send packets at all. Default true. */
  sendRtp?: boolean;
}

/** Offers and answers of one call, and their effect on its media (RFC 3264). */
export class Session {
  readonly #options: SessionOptions;
  readonly #id = String(randomInt(1, 2 ** 31));
  readonly #payloadTypes: G711PayloadType[];
  #version = 0;
  #port = 0;
  #peerListens = false;
  #sendRtp: boolean;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#payloadTypes = [...(options.payloadTypes ?? [PCMA, PCMU])];
    this.#sendRtp = options.sendRtp ?? true;
  }

  /** Our offer. @param port where the media listens */
  offer(port = this.#port): string {
    this.#port = port;
    const dtmf = this.#options.dtmf === false ? {} : { dtmfPayloadType: DTMF_PAYLOAD_TYPE };
    return this.#describe({ payloadTypes: this.#payloadTypes, direction: 'sendrecv', ...dtmf });
  }

  /**
   * Take the peer's answer to our offer.
   * @throws Error in words if it can't be used
   */
  takeAnswer(sdp: string): void {
    this.#apply(parseSdp(sdp));
  }

  /**
   * Take the peer's offer in the middle of the call.
   * @returns our answer
   * @throws Error in words if it can't be used
   */
  takeOffer(sdp: string): string {
    const offer = parseSdp(sdp);
    const { payloadType, dtmfPayloadType } = this.#apply(offer);
    const dtmf = dtmfPayloadType === undefined ? {} : { dtmfPayloadType };
    const direction = answerDirection(offer.direction);
    return this.#describe({ payloadTypes: [payloadType], direction, ...dtmf });
  }

  /** Send packets or stop, whatever was negotiated still holds. */
  setSendRtp(sendRtp: boolean): void {
    this.#sendRtp = sendRtp;
    this.#options.media.setSending(sendRtp && this.#peerListens);
  }

  #apply(peer: AudioDescription): { payloadType: G711PayloadType; dtmfPayloadType?: number } {
    const payloadType = this.#payloadTypes.find((type) => peer.payloadTypes.includes(type));
    if (payloadType === undefined) throw new Error('no common codec');
    if (peer.port === 0) throw new Error('the audio stream was refused (port 0)');
    const dtmf =
      peer.dtmfPayloadType === undefined || this.#options.dtmf === false
        ? {}
        : { dtmfPayloadType: peer.dtmfPayloadType };
    const { media } = this.#options;
    media.setRemote({ address: peer.address, port: peer.port, payloadType, ...dtmf });
    this.#peerListens = peer.direction === 'sendrecv' || peer.direction === 'recvonly';
    media.setSending(this.#sendRtp && this.#peerListens);
    return { payloadType, ...dtmf };
  }

  #describe(audio: {
    payloadTypes: G711PayloadType[];
    direction: Direction;
    dtmfPayloadType?: number;
  }): string {
    const { address } = this.#options;
    this.#version++;
    return formatSdp(
      { ...audio, address, port: this.#port },
      { id: this.#id, version: this.#version },
    );
  }
}
