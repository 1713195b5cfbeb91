import type { Logger } from '@patchbay/common/logger';
import type { IceServer } from 'node-datachannel';
import type { Candidate } from './ice.ts';
import {
  addCandidate,
  createPeerConnection,
  guarded,
  type DataChannel,
  type PeerConnection,
  type Track,
} from './native.ts';
import { offeredAudio, type OfferedAudio } from './offer.ts';
import { Speaker, type SpeakerStats } from './speaker.ts';

/**
 * The server's candidates are held back this long. A check of ours that reaches the server before
 * our own candidates makes us peer-reflexive there, and such a one is not nominated for a second;
 * the server's checks, which it sends as soon as it has our candidates, connect us at once.
 */
const LET_SERVER_CHECK_MS = 100;

export interface SubscriberOptions {
  iceServers: IceServer[];
  log: Logger;
  answer: (sdp: string) => void;
  candidate: (candidate: string, mid: string) => void;
  state: (state: string) => void;
  data: (packet: Uint8Array) => void;
  /** A track is there and would be heard. */
  heard: (trackSid: string) => void;
  audio: (trackSid: string, samples: Int16Array) => void;
  /** A track that was there is gone. */
  silent: (trackSid: string, stats: SpeakerStats) => void;
}

interface Line {
  trackSid: string;
  speaker: Speaker;
}

/** Our receiving peer connection: the tracks of the others, and data. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #peer: PeerConnection;
  /** libdatachannel's tracks by mid. A line that falls silent is used again for the next track. */
  readonly #tracks = new Map<string, Track>();
  readonly #lines = new Map<string, Line>();
  readonly #channels: DataChannel[] = [];
  readonly #early: Candidate[] = [];
  #holding: NodeJS.Timeout | undefined;
  #released = false;
  #connected = false;
  #closed = false;

  constructor(options: SubscriberOptions) {
    const { log, iceServers } = options;
    this.#options = options;
    this.#peer = createPeerConnection('subscriber', {
      iceServers,
      disableAutoNegotiation: true,
      forceMediaTransport: true,
    });
    this.#peer.onLocalDescription(guarded(log, 'answer', (sdp: string) => options.answer(sdp)));
    this.#peer.onLocalCandidate(guarded(log, 'candidate', options.candidate));
    this.#peer.onStateChange(guarded(log, 'state', (state: string) => this.#stateChanged(state)));
    this.#peer.onTrack(guarded(log, 'track', (track: Track) => this.#trackCame(track)));
    this.#peer.onDataChannel(
      guarded(log, 'data channel', (channel: DataChannel) => this.#channelCame(channel)),
    );
  }

  /**
   * Answer an offer.
   * @throws if libdatachannel does not take it
   */
  offer(sdp: string, midToTrackId: Readonly<Record<string, string>>): void {
    if (this.#closed) return;
    const lines = offeredAudio(sdp, midToTrackId);
    this.#peer.setRemoteDescription(this.#withoutCandidates(sdp), 'offer');
    // An exception of this call would end the process. A connection that was closed in the meantime
    // has not taken the offer, and must not be asked for an answer.
    if (this.#peer.signalingState() !== 'have-remote-offer') return;
    this.#peer.setLocalDescription('answer');
    this.#holding ??= setTimeout(() => this.#release(), LET_SERVER_CHECK_MS);
    for (const line of lines) this.#setLine(line);
  }

  candidate({ candidate, mid }: Candidate): void {
    if (this.#closed) return;
    if (this.#released) addCandidate(this.#peer, candidate, mid);
    else this.#early.push({ candidate, mid });
  }

  /** Nothing is told any more from here on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#holding);
    for (const { speaker } of this.#lines.values()) speaker.close();
    for (const track of this.#tracks.values()) track.close();
    for (const channel of this.#channels) channel.close();
    this.#peer.close();
  }

  /** Candidates in the offer itself are held back like the others. */
  #withoutCandidates(sdp: string): string {
    return sdp.replace(/^a=candidate:.*\r?\n/gm, (line) => {
      this.candidate({ candidate: line.trimEnd(), mid: '0' });
      return '';
    });
  }

  #release(): void {
    this.#released = true;
    for (const early of this.#early.splice(0)) this.candidate(early);
  }

  #setLine({ mid, trackSid, payloads }: OfferedAudio): void {
    const before = this.#lines.get(mid);
    if (before?.trackSid === trackSid) return;
    if (before) {
      this.#lines.delete(mid);
      before.speaker.close();
      this.#options.silent(before.trackSid, before.speaker.stats);
    }
    if (trackSid === undefined) return;
    const speaker = new Speaker({
      payloads,
      audio: (samples) => this.#options.audio(trackSid, samples),
      feedback: (packet) => this.#feedback(mid, packet),
    });
    this.#lines.set(mid, { trackSid, speaker });
    if (this.#connected) this.#options.heard(trackSid);
  }

  #feedback(mid: string, packet: Buffer): void {
    const track = this.#tracks.get(mid);
    if (!this.#closed && track?.isOpen()) track.sendMessageBinary(packet);
  }

  #stateChanged(state: string): void {
    if (this.#closed) return;
    if (state === 'connected' && !this.#connected) {
      this.#connected = true;
      for (const { trackSid } of this.#lines.values()) this.#options.heard(trackSid);
    }
    this.#options.state(state);
  }

  #trackCame(track: Track): void {
    const mid = track.mid();
    this.#tracks.set(mid, track);
    track.onMessage(
      guarded(this.#options.log, 'packet', (packet: Buffer) => {
        if (!this.#closed) this.#lines.get(mid)?.speaker.receive(packet);
      }),
    );
  }

  #channelCame(channel: DataChannel): void {
    this.#channels.push(channel);
    channel.onMessage(
      guarded(this.#options.log, 'data', (message: string | Buffer | ArrayBuffer) => {
        if (!this.#closed && typeof message !== 'string') {
          this.#options.data(new Uint8Array(message));
        }
      }),
    );
  }
}
