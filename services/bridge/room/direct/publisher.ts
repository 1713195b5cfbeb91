import { randomInt } from 'node:crypto';
import { DataPacket_Kind, type DataPacket } from '@livekit/protocol';
import type { Logger } from '@patchbay/common/logger';
import type { IceServer } from 'node-datachannel';
import type { Outbox, PacketSink } from '../../rtp/outbox.ts';
import type { Candidate } from './ice.ts';
import { AUDIO_LEVEL_EXTENSION, Microphone, OPUS_PAYLOAD_TYPE } from './microphone.ts';
import {
  addCandidate,
  Audio,
  createPeerConnection,
  guarded,
  RtcpNackResponder,
  type DataChannel,
  type PeerConnection,
  type Track,
} from './native.ts';
import { FRAME_SAMPLES } from './opus.ts';

/** Line of the audio track; the first, 0, is that of the data channels. */
const AUDIO_MID = '1';
/** Packets kept for the server to ask for again, two seconds of them. */
const KEPT_PACKETS = 100;
/** Packets that may wait for the data channel to open. */
const MOST_WAITING = 64;
/** RFC 7587 §7.1: ours is mono, with in-band FEC. */
const OPUS_PARAMETERS = 'minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0';

export interface PublisherOptions {
  iceServers: IceServer[];
  log: Logger;
  /** By which audio packets go. */
  outbox: Outbox;
  offer: (sdp: string) => void;
  candidate: (candidate: string, mid: string) => void;
  state: (state: string) => void;
  data: (packet: Uint8Array) => void;
}

/**
 * Our sending peer connection: the caller's track, and data. It begins to connect with the first of
 * them, so that a call needs one offer: a second one while the first connects was seen to make
 * LiveKit give the connection up.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #peer: PeerConnection;
  readonly #reliable: DataChannel;
  readonly #lossy: DataChannel;
  readonly #waiting: Uint8Array[] = [];
  readonly #early: Candidate[] = [];
  /**
   * Ours, kept until the answer is in: a server that knows them connects so soon that libdatachannel
   * may have to judge its certificate before it has read the answer, and refuses it (UnknownCA).
   */
  readonly #unsaid: Candidate[] = [];
  #track: Track | undefined;
  #microphone: Microphone | undefined;
  /** Asking the track itself at each packet costs a call into native code. */
  #trackIsOpen = false;
  #answered = false;
  #begun = false;
  #negotiating = false;
  #negotiateAgain = false;
  #whenStable: (() => void)[] = [];
  #closed = false;

  constructor(options: PublisherOptions) {
    const { log, iceServers } = options;
    this.#options = options;
    this.#peer = createPeerConnection('publisher', {
      iceServers,
      disableAutoNegotiation: true,
      forceMediaTransport: true,
    });
    this.#peer.onLocalDescription(guarded(log, 'offer', (sdp: string) => options.offer(sdp)));
    this.#peer.onLocalCandidate(
      guarded(log, 'candidate', (candidate: string, mid: string) => {
        if (this.#answered) options.candidate(candidate, mid);
        else this.#unsaid.push({ candidate, mid });
      }),
    );
    this.#peer.onStateChange(guarded(log, 'state', options.state));
    this.#reliable = this.#peer.createDataChannel('_reliable', {});
    this.#lossy = this.#peer.createDataChannel('_lossy', { unordered: true, maxRetransmits: 0 });
    for (const channel of [this.#reliable, this.#lossy]) {
      channel.onMessage(
        guarded(log, 'data', (message: string | Buffer | ArrayBuffer) => {
          if (typeof message !== 'string') options.data(new Uint8Array(message));
        }),
      );
    }
    this.#reliable.onOpen(guarded(log, 'data channel', () => this.#flush()));
  }

  /**
   * Offer the caller's track. Resolves when the server has answered; audio flows as soon as the
   * connection stands.
   */
  async publish(trackId: string): Promise<void> {
    const ssrc = randomInt(1, 0xffff_ffff);
    const media = new Audio(AUDIO_MID, 'SendOnly');
    media.addOpusCodec(OPUS_PAYLOAD_TYPE, OPUS_PARAMETERS);
    media.parseSdpLine(`a=rtcp-fb:${OPUS_PAYLOAD_TYPE} nack`);
    media.parseSdpLine(
      `a=extmap:${AUDIO_LEVEL_EXTENSION} urn:ietf:params:rtp-hdrext:ssrc-audio-level`,
    );
    media.addSSRC(ssrc, 'caller', 'caller', trackId);
    const track = this.#peer.addTrack(media);
    this.#track = track;
    track.setMediaHandler(new RtcpNackResponder(KEPT_PACKETS));
    const sink: PacketSink = { send: (packet) => this.#send(track, packet) };
    const microphone = (this.#microphone = new Microphone({
      ssrc,
      send: (packet) => this.#options.outbox.post(sink, packet),
    }));
    track.onOpen(
      guarded(this.#options.log, 'track', () => {
        this.#trackIsOpen = true;
        // The server tells the room of a track when its first packet comes; the caller's may be late.
        microphone.write(new Int16Array(FRAME_SAMPLES));
      }),
    );
    track.onClosed(guarded(this.#options.log, 'track', () => (this.#trackIsOpen = false)));
    this.#negotiate();
    await new Promise<void>((resolve) => this.#whenStable.push(resolve));
  }

  /** Audio of the caller; until the connection stands it is lost. */
  write(samples: Int16Array): void {
    if (this.#trackIsOpen) this.#microphone?.write(samples);
  }

  /** Send a data packet; a reliable one waits for the channel to open. */
  send(packet: DataPacket): void {
    if (this.#closed) return;
    const bytes = packet.toBinary();
    if (!this.#begun) this.#negotiate();
    if (packet.kind === DataPacket_Kind.LOSSY) {
      if (this.#lossy.isOpen()) this.#lossy.sendMessageBinary(bytes);
    } else if (this.#reliable.isOpen()) this.#reliable.sendMessageBinary(bytes);
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(bytes);
  }

  answer(sdp: string): void {
    if (this.#closed) return;
    this.#peer.setRemoteDescription(sdp, 'answer');
    this.#answered = true;
    for (const { candidate, mid } of this.#unsaid.splice(0))
      this.#options.candidate(candidate, mid);
    for (const early of this.#early.splice(0)) this.candidate(early);
    this.#negotiating = false;
    if (this.#negotiateAgain) {
      this.#negotiateAgain = false;
      this.#negotiate();
    } else for (const resolve of this.#whenStable.splice(0)) resolve();
  }

  candidate({ candidate, mid }: Candidate): void {
    if (this.#closed) return;
    if (this.#answered) addCandidate(this.#peer, candidate, mid);
    else this.#early.push({ candidate, mid });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#microphone?.close();
    this.#track?.close();
    this.#reliable.close();
    this.#lossy.close();
    this.#peer.close();
  }

  #send(track: Track, packet: Buffer): void {
    if (this.#closed || !this.#trackIsOpen) return;
    try {
      track.sendMessageBinary(packet);
    } catch {
      // It has closed, and says so in a moment.
      this.#trackIsOpen = false;
    }
  }

  #negotiate(): void {
    if (this.#closed) return;
    if (this.#negotiating) {
      this.#negotiateAgain = true;
      return;
    }
    // An exception of the next call would end the process.
    if (this.#peer.signalingState() !== 'stable') return;
    this.#begun = true;
    this.#negotiating = true;
    this.#peer.setLocalDescription('offer');
  }

  #flush(): void {
    for (const bytes of this.#waiting.splice(0)) this.#reliable.sendMessageBinary(bytes);
  }
}
