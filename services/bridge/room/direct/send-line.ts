import { randomInt } from 'node:crypto';
import type { Logger } from '@patchbay/common/logger';
import type { Outbox, PacketSink } from '../../rtp/outbox.ts';
import { AUDIO_LEVEL_EXTENSION, Microphone, OPUS_PAYLOAD_TYPE } from './microphone.ts';
import {
  Audio,
  guarded,
  OPUS_PARAMETERS,
  RtcpNackResponder,
  type PeerConnection,
  type Track,
} from './native.ts';
import { FRAME_SAMPLES } from './opus.ts';

/** Packets kept for the server to ask for again, two seconds of them. */
const KEPT_PACKETS = 100;

export interface SendLineOptions {
  mid: string;
  /** The id by which LiveKit was told of the track. */
  trackId: string;
  log: Logger;
  /** By which audio packets go. */
  outbox: Outbox;
}

/** The line of a connection on which the caller is heard. */
export class SendLine {
  readonly #track: Track;
  readonly #microphone: Microphone;
  /** Asking the track itself at each packet costs a call into native code. */
  #isOpen = false;

  /** It has to be offered. */
  constructor(peer: PeerConnection, { mid, trackId, log, outbox }: SendLineOptions) {
    const ssrc = randomInt(1, 0xffff_ffff);
    const media = new Audio(mid, 'SendOnly');
    media.addOpusCodec(OPUS_PAYLOAD_TYPE, OPUS_PARAMETERS);
    media.parseSdpLine(`a=rtcp-fb:${OPUS_PAYLOAD_TYPE} nack`);
    media.parseSdpLine(
      `a=extmap:${AUDIO_LEVEL_EXTENSION} urn:ietf:params:rtp-hdrext:ssrc-audio-level`,
    );
    media.addSSRC(ssrc, 'caller', 'caller', trackId);
    const track = (this.#track = peer.addTrack(media));
    track.setMediaHandler(new RtcpNackResponder(KEPT_PACKETS));
    const sink: PacketSink = { send: (packet) => this.#send(packet) };
    const microphone = (this.#microphone = new Microphone({
      ssrc,
      send: (packet) => outbox.post(sink, packet),
    }));
    track.onOpen(
      guarded(log, 'track', () => {
        this.#isOpen = true;
        // The server tells the room of a track when its first packet comes; the caller's may be late.
        microphone.write(new Int16Array(FRAME_SAMPLES));
      }),
    );
    track.onClosed(guarded(log, 'track', () => (this.#isOpen = false)));
  }

  /** Audio of the caller; until the connection stands it is lost. */
  write(samples: Int16Array): void {
    if (this.#isOpen) this.#microphone.write(samples);
  }

  close(): void {
    this.#isOpen = false;
    this.#microphone.close();
    this.#track.close();
  }

  #send(packet: Buffer): void {
    if (!this.#isOpen) return;
    try {
      this.#track.sendMessageBinary(packet);
    } catch {
      // It has closed, and says so in a moment.
      this.#isOpen = false;
    }
  }
}
