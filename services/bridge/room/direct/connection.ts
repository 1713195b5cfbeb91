import type {
  DataPacket,
  JoinResponse,
  MediaSectionsRequirement,
  SessionDescription,
  TrickleRequest,
} from '@livekit/protocol';
import type { Logger } from '@patchbay/common/logger';
import type { Outbox } from '../../rtp/outbox.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { DataChannels } from './data-channels.ts';
import { DataHandler, type DataEvents } from './data-handler.ts';
import { iceServers, remoteCandidate, type Candidate } from './ice.ts';
import { addCandidate, createPeerConnection, guarded, type PeerConnection } from './native.ts';
import { Negotiator } from './negotiator.ts';
import { ReceiveLines } from './receive-lines.ts';
import { SendLine } from './send-line.ts';
import type { ServerNames } from './server-names.ts';
import type { SignalRequests } from './signal-requests.ts';

/** Lines: 0 is that of the data channels, then the caller's own, then those of the others. */
const SEND_MID = 1;
const FIRST_RECEIVE_MID = 2;
/**
 * Ours are told so much after the answer, or once the connection stands: libdatachannel answers a
 * check of the server 50 ms late that comes before its own, and needs 2 ms if its own comes first.
 */
const LET_US_CHECK_MS = 100;
/**
 * The server needs a moment to take our subscription. An offer that comes sooner is answered without
 * the voice, and the server says that it has one 150 ms later; we offer again by ourselves after so
 * many ms.
 */
const OFFER_AGAIN_MS = [3, 10, 20, 40, 80];

/** What comes over the connection. None is called after `close`. */
export interface ConnectionEvents extends DataEvents {
  heard(source: string): void;
  audio(source: string, samples: Int16Array): void;
  silent(source: string): void;
}

export interface ConnectionOptions {
  join: JoinResponse;
  ask: Pick<SignalRequests, 'offer' | 'answersLastOffer' | 'trickle'>;
  names: ServerNames;
  /** By which audio packets go. */
  outbox: Outbox;
  log: Logger;
  events: ConnectionEvents;
  /** It will not stand again. */
  lost: (reason: string) => void;
}

/**
 * The peer connection of a session: the caller's voice, the others' voices, and data. All offers are
 * ours (LiveKit's single peer connection, `/rtc/v1`).
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #peer: PeerConnection;
  readonly #data: DataChannels;
  readonly #lines: ReceiveLines;
  readonly #negotiator: Negotiator;
  readonly #watch: ConnectionWatch;
  /** The server's candidates that came before its answer. */
  readonly #early: Candidate[] = [];
  /** Ours that are not told yet. */
  readonly #unsaid: Candidate[] = [];
  #voice: SendLine | undefined;
  #answered = false;
  /**
   * The answer to a second offer, kept until the connection stands: taken while DTLS comes to its end,
   * it makes libdatachannel start SCTP twice, and close the connection with the one too many.
   */
  #heldAnswer: SessionDescription | undefined;
  #saying = false;
  #sayingSoon: NodeJS.Timeout | undefined;
  #offeringAgain: NodeJS.Timeout | undefined;
  #offeredAgain = 0;
  #closed = false;

  constructor(options: ConnectionOptions) {
    const { join, names, log, events } = options;
    this.#options = options;
    this.#watch = new ConnectionWatch(options.lost);
    this.#peer = createPeerConnection('room', {
      iceServers: iceServers(join.iceServers, (name) => names.addressOf(name)),
      disableAutoNegotiation: true,
      forceMediaTransport: true,
    });
    this.#peer.onLocalDescription(guarded(log, 'offer', (sdp: string) => options.ask.offer(sdp)));
    this.#peer.onLocalCandidate(
      guarded(log, 'candidate', (candidate: string, mid: string) => {
        if (this.#saying) options.ask.trickle(candidate, mid);
        else this.#unsaid.push({ candidate, mid });
      }),
    );
    this.#peer.onIceStateChange(
      guarded(log, 'ice', (state: string) => {
        if (state === 'connected' || state === 'completed') this.#negotiator.connected();
      }),
    );
    this.#peer.onStateChange(guarded(log, 'state', (state: string) => this.#stateChanged(state)));
    const handler = new DataHandler({ events, send: (packet) => this.send(packet), log });
    this.#data = new DataChannels(this.#peer, log, (packet) => {
      if (!this.#closed) handler.receive(packet);
    });
    this.#lines = new ReceiveLines(this.#peer, FIRST_RECEIVE_MID, log, events);
    this.#negotiator = new Negotiator(() => this.#offer());
    void this.#negotiator.request();
  }

  /** True once it stood. */
  get stood(): boolean {
    return this.#watch.stood;
  }

  /** The tracks that are heard now. */
  get sources(): readonly string[] {
    return this.#lines.heard;
  }

  /** These tracks were subscribed to, and no others. */
  want(trackSids: ReadonlySet<string>): void {
    if (this.#closed) return;
    this.#lines.want(trackSids);
    if (!this.#lines.incomplete) return;
    this.#offeredAgain = 0;
    void this.#negotiator.request();
  }

  /** The server has voices for us that have no line. */
  needs({ numAudios }: MediaSectionsRequirement): void {
    if (this.#closed) return;
    this.#lines.add(numAudios);
    void this.#negotiator.request();
  }

  /** The server has answered our offer. */
  answered(answer: SessionDescription): void {
    if (this.#closed || !this.#options.ask.answersLastOffer(answer.id)) return;
    if (this.#answered && !this.stood) this.#heldAnswer = answer;
    else this.#take(answer);
  }

  trickled({ candidateInit }: TrickleRequest): void {
    const candidate = remoteCandidate(candidateInit);
    if (!candidate || this.#closed) return;
    if (this.#answered) addCandidate(this.#peer, candidate.candidate, candidate.mid);
    else this.#early.push(candidate);
  }

  /**
   * Offer the caller's track. Resolves when the server has answered; audio flows as soon as the
   * connection stands.
   * @param trackId by which LiveKit was told of it
   */
  async publish(trackId: string): Promise<void> {
    const { log, outbox } = this.#options;
    this.#voice = new SendLine(this.#peer, { mid: String(SEND_MID), trackId, log, outbox });
    await this.#negotiator.request();
  }

  /** Audio of the caller. */
  write(samples: Int16Array): void {
    this.#voice?.write(samples);
  }

  send(packet: DataPacket): void {
    if (!this.#closed) this.#data.send(packet);
  }

  /** Nothing is told any more from here on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    this.#negotiator.close();
    clearTimeout(this.#sayingSoon);
    clearTimeout(this.#offeringAgain);
    this.#voice?.close();
    this.#lines.close();
    this.#data.close();
    this.#peer.close();
  }

  #offer(): void {
    // An exception of the next call would end the process.
    if (this.#closed || this.#peer.signalingState() !== 'stable') return;
    this.#peer.setLocalDescription('offer');
  }

  #firstAnswered(): void {
    this.#answered = true;
    for (const { candidate, mid } of this.#early.splice(0)) {
      addCandidate(this.#peer, candidate, mid);
    }
    this.#sayingSoon = setTimeout(() => this.#sayOurs(), LET_US_CHECK_MS);
  }

  #sayOurs(): void {
    this.#saying = true;
    for (const { candidate, mid } of this.#unsaid.splice(0)) {
      this.#options.ask.trickle(candidate, mid);
    }
  }

  /** An answer that libdatachannel refuses can't be mended on this connection. */
  #take({ sdp, midToTrackId }: SessionDescription): void {
    // A connection that was closed in the meantime takes no answer, and has said so.
    if (this.#peer.signalingState() !== 'have-local-offer') return;
    try {
      this.#peer.setRemoteDescription(sdp, 'answer');
    } catch (error) {
      this.#options.log.warn({ err: error }, 'an answer of LiveKit was not taken');
      return this.#options.lost('negotiation failed');
    }
    if (!this.#answered) this.#firstAnswered();
    this.#lines.answered(sdp, midToTrackId);
    this.#negotiator.answered();
    const pauseMs = OFFER_AGAIN_MS[this.#offeredAgain];
    if (!this.#lines.incomplete || pauseMs === undefined) return;
    this.#offeredAgain += 1;
    clearTimeout(this.#offeringAgain);
    this.#offeringAgain = setTimeout(() => void this.#negotiator.request(), pauseMs);
  }

  #stands(): void {
    clearTimeout(this.#sayingSoon);
    this.#sayOurs();
    const answer = this.#heldAnswer;
    this.#heldAnswer = undefined;
    if (answer) this.#take(answer);
    this.#lines.connected();
  }

  #stateChanged(state: string): void {
    if (this.#closed) return;
    this.#watch.changed(state);
    if (state === 'connected') this.#stands();
  }
}
