import type { DataPacket } from '@livekit/protocol';
import type { Logger } from '@patchbay/common/logger';
import type { Outbox } from '../../rtp/outbox.ts';
import {
  RoomEndedError,
  type JoinOptions,
  type RoomEvents,
  type RoomGone,
  type RoomLink,
} from '../link.ts';
import { dtmfPacket } from './messages.ts';
import { askOurPlace } from './our-place.ts';
import type { ServerNames } from './server-names.ts';
import { Session } from './session.ts';
import { within } from '../within.ts';

const JOIN_WAIT_MS = 20_000;
/** A caller who hears nothing for longer has hung up; one attempt takes at most half of it. */
const REJOIN_LIMIT_MS = 10_000;
const REJOIN_ATTEMPT_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_500;
/** Keys pressed while there is no connection. */
const MOST_WAITING = 32;

/** What all links of an engine share. */
export interface LinkSurroundings {
  outbox: Outbox;
  names: ServerNames;
}

/**
 * A participant in a room over any number of sessions. libdatachannel has no ICE restart, so a
 * session whose signalling or media broke is not resumed but followed by another: the old one
 * carries audio until the new one is there, and for the room we leave and come back at once.
 */
export class DirectLink implements RoomLink {
  readonly #options: JoinOptions;
  readonly #events: RoomEvents;
  readonly #log: Logger;
  readonly #around: LinkSurroundings;
  readonly #attributes: Record<string, string> = {};
  readonly #waiting: DataPacket[] = [];
  readonly #over = Promise.withResolvers<void>();
  #session: Session | undefined;
  /** The one that is being joined in its place. */
  #next: Session | undefined;
  #token: string;
  #published = false;
  #rejoining = false;
  /** Whether the last broken session was followed by another. */
  #rejoined: Promise<boolean> | undefined;
  #leaving: Promise<void> | undefined;
  #gone = false;

  constructor(options: JoinOptions, events: RoomEvents, log: Logger, around: LinkSurroundings) {
    this.#around = around;
    this.#options = options;
    this.#events = events;
    this.#log = log;
    this.#token = options.token;
  }

  /** @throws if the room can't be joined, or `signal` says that it is not wanted any more */
  async connect(signal: AbortSignal): Promise<void> {
    const { url, returning } = this.#options;
    if (returning) {
      const place = await askOurPlace(url, this.#token, returning.participantSid);
      if (place === 'lost') throw new RoomEndedError();
      signal.throwIfAborted();
    }
    const session = this.#open();
    this.#session = session;
    const abort = () => void this.leave();
    signal.addEventListener('abort', abort);
    try {
      if (!(await within(session.joined, JOIN_WAIT_MS))) {
        throw new Error(`LiveKit did not answer the join within ${JOIN_WAIT_MS} ms`);
      }
      signal.throwIfAborted();
      // Whoever was there before has gone meanwhile, and nobody told of it.
      if (returning && session.isAlone) this.#events.alone();
    } catch (error) {
      await this.leave();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  get participantSid(): string | undefined {
    return this.#session?.participantSid;
  }

  async publishTrack(): Promise<void> {
    this.#published = true;
    if (!this.#session) throw new Error('the room was left');
    try {
      await this.#session.publishTrack(this.#options.trackName);
    } catch (error) {
      // The session that follows a broken one has the track already.
      if (!(await this.#rejoined)) throw error;
    }
  }

  publish(samples: Int16Array): void {
    if (!this.#leaving) this.#session?.write(samples);
  }

  sendDtmf(digit: string): void {
    const packet = dtmfPacket(digit);
    if (!packet || this.#leaving) return;
    if (!this.#rejoining) this.#session?.send(packet);
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(packet);
  }

  setAttributes(attributes: Readonly<Record<string, string>>): void {
    Object.assign(this.#attributes, attributes);
    if (!this.#leaving) this.#session?.setAttributes(attributes);
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    this.#over.resolve();
    await Promise.all([this.#session?.close(), this.#next?.close()]);
    this.#session = undefined;
  }

  /** A session whose events count only as long as it is the current one. */
  #open(): Session {
    const current = () => !this.#leaving && !this.#gone && this.#session === session;
    const session: Session = new Session({
      url: this.#options.url,
      token: this.#token,
      log: this.#log,
      ...this.#around,
      events: {
        heard: () => current() && this.#events.heard(),
        alone: () => current() && this.#events.alone(),
        audio: (source, samples) => current() && this.#events.audio(source, samples),
        silent: (source) => current() && this.#events.silent(source),
        data: (topic, payload) => current() && this.#events.data(topic, payload),
        dtmf: (digit) => current() && this.#events.dtmf(digit),
        rpc: (method, payload) => this.#events.rpc(method, payload),
        token: (token) => {
          if (current()) this.#token = token;
        },
        broken: (reason, asked) => {
          if (!current() || this.#rejoining) return;
          this.#log.warn({ reason }, 'the connection to the room broke; joining it again');
          this.#rejoined = this.#rejoin(session, asked);
        },
        ended: (gone) => {
          if (current() && !(this.#rejoining && gone === 'failed')) this.#end(gone);
        },
      },
    });
    return session;
  }

  /**
   * @param asked the server has asked us to come again, so that the room is there
   * @returns whether there is another session now
   */
  async #rejoin(broken: Session, asked: boolean): Promise<boolean> {
    this.#rejoining = true;
    const untilMs = performance.now() + REJOIN_LIMIT_MS;
    let pauseMs = FIRST_PAUSE_MS;
    // What we were asked to leave would keep our name taken.
    if (asked) await broken.close({ silently: true });
    for (let tries = 0; !this.#leaving && !this.#gone; tries++) {
      const { url } = this.#options;
      const place = asked ? 'kept' : await askOurPlace(url, this.#token, broken.participantSid);
      if (place === 'lost') {
        // A server that was away has lost the room, one that was there has seen us put out of it.
        this.#end(tries === 0 ? 'removed' : 'failed');
        break;
      }
      // What never worked does not begin to work by trying again, unless the server says so.
      if (place === 'kept' && !broken.stood && !asked) this.#end('failed');
      const session = place === 'kept' ? await this.#attempt() : undefined;
      if (session) {
        this.#replace(broken, session);
        break;
      }
      if (performance.now() + pauseMs > untilMs) {
        this.#log.warn('the room could not be joined again');
        this.#end('failed');
        break;
      }
      // A server that restarts loses all its rooms at once: they must not all come back at once.
      await within(this.#over.promise, pauseMs * (0.5 + Math.random() / 2));
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
    this.#rejoining = false;
    return !this.#gone && !this.#leaving;
  }

  /** One try to get in again, with the track if there was one. */
  async #attempt(): Promise<Session | undefined> {
    const session = this.#open();
    this.#next = session;
    try {
      const ready = session.joined.then(() =>
        this.#published ? session.publishTrack(this.#options.trackName) : undefined,
      );
      if (!(await within(ready, REJOIN_ATTEMPT_MS))) throw new Error('LiveKit did not answer');
      if (!this.#leaving && !this.#gone) return session;
    } catch (error) {
      this.#log.info({ err: error }, 'a try to join the room again failed');
    } finally {
      this.#next = undefined;
    }
    await session.close();
    return undefined;
  }

  #replace(broken: Session, session: Session): void {
    const sameRoom = session.roomSid === broken.roomSid;
    for (const source of broken.sources) this.#events.silent(source);
    void broken.close({ silently: true });
    this.#session = session;
    if (!sameRoom) {
      // The old room is gone; whoever is in the new one knows nothing of this call.
      this.#log.warn('the room was lost; another has its name');
      this.#end('failed');
      return;
    }
    session.setAttributes(this.#attributes);
    for (const packet of this.#waiting.splice(0)) session.send(packet);
    for (let n = session.sources.length; n > 0; n--) this.#events.heard();
    if (session.isAlone) this.#events.alone();
    this.#log.info('the room was joined again');
  }

  #end(gone: RoomGone): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#over.resolve();
    this.#events.gone(gone);
  }
}
