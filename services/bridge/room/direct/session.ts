import {
  DisconnectReason,
  LeaveRequest_Action,
  RequestResponse_Reason,
  type DataPacket,
  type JoinResponse,
  type LeaveRequest,
  type ParticipantInfo,
} from '@livekit/protocol';
import type { Logger } from '@patchbay/common/logger';
import type { Outbox } from '../../rtp/outbox.ts';
import { goneBy, type RoomGone } from '../link.ts';
import { Connection, type ConnectionEvents } from './connection.ts';
import { Roster } from './roster.ts';
import type { ServerNames } from './server-names.ts';
import { SignalRequests } from './signal-requests.ts';
import { SignalSocket, type SignalMessage } from './signal-socket.ts';
import { within } from '../within.ts';

const LOOPBACK_URL = /^\w+:\/\/(localhost|127\.\d+\.\d+\.\d+)(:|\/|$)/;
const PUBLISH_WAIT_MS = 10_000;
/** A busy server lets us in late. */
const SETTLE_WAIT_MS = 10_000;
/** The server needs a moment to take our goodbye. */
const CLOSE_WAIT_MS = 1_000;

/** What happens in a session. None is called after `close`. */
export interface SessionEvents extends ConnectionEvents {
  alone(): void;
  /** The server has a newer token for us. */
  token(token: string): void;
  /**
   * The connection is broken; another session may still get into the room.
   * @param asked the server itself has asked for another session
   */
  broken(reason: string, asked: boolean): void;
  /** The server has ended it for good. */
  ended(gone: RoomGone): void;
}

export interface SessionOptions {
  url: string;
  token: string;
  log: Logger;
  /** By which audio packets go. */
  outbox: Outbox;
  names: ServerNames;
  events: SessionEvents;
}

/** One stay in a room, from the join to the first thing that breaks. */
export class Session {
  readonly #events: SessionEvents;
  readonly #log: Logger;
  readonly #outbox: Outbox;
  readonly #names: ServerNames;
  readonly #signal: SignalSocket;
  readonly #ask: SignalRequests;
  readonly #joining = Promise.withResolvers<JoinResponse>();
  /** The server has let us in, or never will. */
  readonly #settled = Promise.withResolvers<void>();
  /** Rejects when the connection breaks. */
  readonly #breaking = Promise.withResolvers<never>();
  readonly #publishing = new Map<string, () => void>();
  #connection: Connection | undefined;
  #roster: Roster | undefined;
  #joined: JoinResponse | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#events = options.events;
    this.#log = options.log;
    this.#outbox = options.outbox;
    this.#names = options.names;
    this.#joining.promise.catch(() => undefined);
    this.#breaking.promise.catch(() => undefined);
    this.#signal = new SignalSocket(options.url, options.token, {
      message: (message) => this.#take(message),
      lost: (reason) => {
        this.#settled.resolve();
        this.#joining.reject(reason);
        this.#break(reason.message);
      },
    });
    this.#ask = new SignalRequests(this.#signal, LOOPBACK_URL.test(options.url));
  }

  /** Resolves when we are in the room; audio and data follow as the connection stands. */
  get joined(): Promise<JoinResponse> {
    return this.#joining.promise;
  }

  /** The room's own id: another room of the same name has another. */
  get roomSid(): string {
    return this.#joined?.room?.sid ?? '';
  }

  /** Our own id in the room. */
  get participantSid(): string {
    return this.#joined?.participant?.sid ?? '';
  }

  /** True once our connection stood. */
  get stood(): boolean {
    return this.#connection?.stood ?? false;
  }

  /** The tracks that are heard now. */
  get sources(): readonly string[] {
    return this.#connection?.sources ?? [];
  }

  get isAlone(): boolean {
    return this.#roster?.size === 0;
  }

  /** @throws if the server does not take the track within 10 s, or the connection breaks */
  async publishTrack(name: string): Promise<void> {
    const connection = this.#connection;
    if (!connection) throw new Error('the room is not joined');
    const cid = this.#ask.addTrack(name);
    const known = new Promise<void>((resolve) => this.#publishing.set(cid, resolve));
    const offered = connection.publish(cid);
    const orBroken = (work: Promise<unknown>) => Promise.race([work, this.#breaking.promise]);
    if (!(await within(orBroken(Promise.all([known, offered])), PUBLISH_WAIT_MS))) {
      throw new Error(`LiveKit did not take our track within ${PUBLISH_WAIT_MS} ms`);
    }
  }

  write(samples: Int16Array): void {
    this.#connection?.write(samples);
  }

  send(packet: DataPacket): void {
    this.#connection?.send(packet);
  }

  setAttributes(attributes: Readonly<Record<string, string>>): void {
    this.#ask.setAttributes(attributes);
  }

  /**
   * End it, saying goodbye if we are in the room. Never rejects, takes a bounded time.
   * @param options.silently the server has ended our stay itself, or will
   */
  close(options: { silently?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(options.silently ?? false);
    return this.#closing;
  }

  async #close(silently: boolean): Promise<void> {
    this.#joining.reject(new Error('the room was left'));
    // A server that is letting us in must have done so to take our goodbye; cut off before, it would
    // make the room after we are gone.
    if (!this.#joined && !silently) await within(this.#settled.promise, SETTLE_WAIT_MS);
    if (!silently) this.#ask.leave();
    this.#connection?.close();
    await this.#signal.close(CLOSE_WAIT_MS);
  }

  #take(message: SignalMessage): void {
    if (message.case === 'join' || message.case === 'leave') this.#settled.resolve();
    if (this.#closing) return;
    try {
      this.#handle(message);
    } catch (error) {
      this.#log.warn({ err: error, message: message.case }, 'a message of LiveKit was not taken');
      this.#joining.reject(error);
    }
  }

  #handle(message: SignalMessage): void {
    switch (message.case) {
      case 'join':
        return this.#begin(message.value);
      case 'answer':
        return this.#connection?.answered(message.value);
      case 'trickle':
        return this.#connection?.trickled(message.value);
      case 'mediaSectionsRequirement':
        return this.#connection?.needs(message.value);
      case 'update':
        return this.#participants(message.value.participants);
      case 'trackPublished': {
        const { cid } = message.value;
        this.#publishing.get(cid)?.();
        this.#publishing.delete(cid);
        return;
      }
      case 'refreshToken':
        return this.#events.token(message.value);
      case 'requestResponse':
        if (message.value.reason !== RequestResponse_Reason.OK) {
          const { reason, message: words } = message.value;
          this.#log.warn({ reason, words }, 'LiveKit refused a request');
        }
        return;
      case 'leave':
        return this.#dismissed(message.value);
      default:
        // Speakers, quality, pongs and the like: nothing a phone call needs.
        return;
    }
  }

  #begin(join: JoinResponse): void {
    if (this.#joined) return;
    this.#joined = join;
    this.#roster = new Roster(join.participant?.sid ?? '');
    this.#signal.startPings(join.pingInterval, join.pingTimeout);
    this.#connection = new Connection({
      join,
      ask: this.#ask,
      names: this.#names,
      outbox: this.#outbox,
      log: this.#log,
      events: this.#events,
      lost: (reason) => this.#break(reason),
    });
    this.#participants(join.otherParticipants);
    this.#joining.resolve(join);
  }

  #participants(participants: readonly ParticipantInfo[]): void {
    const change = this.#roster?.update(participants);
    if (!change) return;
    this.#ask.subscribe(change.subscribe);
    this.#connection?.want(change.tracks);
    if (change.alone) this.#events.alone();
  }

  #dismissed({ action, canReconnect, reason }: LeaveRequest): void {
    const words = DisconnectReason[reason] ?? String(reason);
    this.#joining.reject(new Error(`LiveKit did not let us in: ${words}`));
    const gone = goneBy(reason);
    const isOver = action === LeaveRequest_Action.DISCONNECT && !canReconnect;
    if (gone !== 'failed' || isOver) this.#events.ended(gone);
    else this.#break(`LiveKit asked us to connect again: ${words}`, true);
  }

  #break(reason: string, asked = false): void {
    if (this.#closing || !this.#joined) return;
    this.#events.broken(reason, asked);
    this.#breaking.reject(new Error(reason));
  }
}
