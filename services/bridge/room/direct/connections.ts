import {
  SignalTarget,
  type DataPacket,
  type JoinResponse,
  type SessionDescription,
  type TrickleRequest,
} from '@livekit/protocol';
import type { Logger } from '@patchbay/common/logger';
import type { Outbox } from '../../rtp/outbox.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { DataHandler, type DataEvents } from './data-handler.ts';
import { iceServers, remoteCandidate } from './ice.ts';
import { Publisher } from './publisher.ts';
import type { ServerNames } from './server-names.ts';
import type { SignalRequests } from './signal-requests.ts';
import { Subscriber } from './subscriber.ts';

/** What comes over the connections. None is called after `close`. */
export interface ConnectionEvents extends DataEvents {
  heard(source: string): void;
  audio(source: string, samples: Int16Array): void;
  silent(source: string): void;
}

export interface ConnectionsOptions {
  join: JoinResponse;
  ask: Pick<SignalRequests, 'offer' | 'answer' | 'answersLastOffer' | 'trickle'>;
  names: ServerNames;
  /** By which audio packets go. */
  outbox: Outbox;
  log: Logger;
  events: ConnectionEvents;
  /** One of them will not stand again. */
  lost: (reason: string) => void;
}

/** The two peer connections of a session: LiveKit has one for each way. */
export class Connections {
  readonly #ask: ConnectionsOptions['ask'];
  readonly #publisher: Publisher;
  readonly #subscriber: Subscriber;
  readonly #watch: ConnectionWatch;
  readonly #heard = new Set<string>();
  #offerId = 0;

  constructor(options: ConnectionsOptions) {
    const { join, ask, names, outbox, log, events } = options;
    this.#ask = ask;
    this.#watch = new ConnectionWatch(options.lost);
    const data = new DataHandler({ events, send: (packet) => this.send(packet), log });
    const shared = {
      iceServers: iceServers(join.iceServers, (name) => names.addressOf(name)),
      log,
      data: (packet: Uint8Array) => data.receive(packet),
    };
    this.#subscriber = new Subscriber({
      ...shared,
      answer: (sdp) => ask.answer(sdp, this.#offerId),
      candidate: (candidate, mid) => ask.trickle(SignalTarget.SUBSCRIBER, candidate, mid),
      state: (state) => this.#watch.changed('subscriber', state),
      heard: (source) => {
        this.#heard.add(source);
        events.heard(source);
      },
      audio: (source, samples) => events.audio(source, samples),
      silent: (source, stats) => {
        log.debug({ source, ...stats }, 'a track of the room has ended');
        if (this.#heard.delete(source)) events.silent(source);
      },
    });
    this.#publisher = new Publisher({
      ...shared,
      outbox,
      offer: (sdp) => ask.offer(sdp),
      candidate: (candidate, mid) => ask.trickle(SignalTarget.PUBLISHER, candidate, mid),
      state: (state) => this.#watch.changed('publisher', state),
    });
  }

  /** True once one of them stood. */
  get stood(): boolean {
    return this.#watch.stood;
  }

  /** The tracks that are heard now. */
  get sources(): readonly string[] {
    return [...this.#heard];
  }

  /** The server offers what we may hear. @throws if libdatachannel does not take it */
  offered({ sdp, id, midToTrackId }: SessionDescription): void {
    this.#offerId = id;
    this.#subscriber.offer(sdp, midToTrackId);
  }

  /** The server has answered our offer. @throws if libdatachannel does not take it */
  answered({ sdp, id }: SessionDescription): void {
    if (this.#ask.answersLastOffer(id)) this.#publisher.answer(sdp);
  }

  trickled({ target, candidateInit }: TrickleRequest): void {
    const candidate = remoteCandidate(candidateInit);
    if (!candidate) return;
    const connection = target === SignalTarget.PUBLISHER ? this.#publisher : this.#subscriber;
    connection.candidate(candidate);
  }

  /** Offer the caller's track. Resolves when the server has answered. */
  publish(cid: string): Promise<void> {
    return this.#publisher.publish(cid);
  }

  /** Audio of the caller. */
  write(samples: Int16Array): void {
    this.#publisher.write(samples);
  }

  send(packet: DataPacket): void {
    this.#publisher.send(packet);
  }

  /** Nothing is told any more from here on. */
  close(): void {
    this.#watch.close();
    this.#publisher.close();
    this.#subscriber.close();
  }
}
