import { RoomRpcError, type JoinOptions, type RpcMethod } from '../room/link.ts';
import { TICK_MS, TICK_SAMPLES } from '../rtp/clock.ts';
import type { RtpProgress, RtpSessionStats } from '../rtp/session.ts';
import type { MediaAgreement } from '../sip/sdp.ts';
import type { RpcAnswer, SeatAnswer, SeatAsk, SeatNews, SeatOrder, SeatPlace } from './messages.ts';
import type { MediaSeat, SeatEvents, SeatRoom, SeatRoomEvents, SeatSettings } from './seat.ts';

/** A worker, as a seat in it sees it. */
export interface SeatLine {
  /** @throws {SeatLostError} if the worker dies, or what the worker refuses it with */
  ask(seat: number, ask: SeatAsk): Promise<SeatAnswer>;
  /** What is told to close is no seat of this line any more. */
  tell(seat: number, order: SeatOrder): void;
}

/** The worker died before it answered. */
export class SeatLostError extends Error {
  constructor() {
    super('the media worker died');
    this.name = 'SeatLostError';
  }
}

/** The packets between the last word of a worker and its death; a jump is better than a repetition. */
const SPARE_PACKETS = 50;
const SPARE_RTCP = 100;
/** The kernel gives a dead process's port free when it has ended it. */
const BIND_TRIES = 10;
const BIND_PAUSE_MS = 20;
const WRAP = 0x1_0000;

interface Stay {
  options: JoinOptions;
  events: SeatRoomEvents;
  published: boolean;
  attributes: Record<string, string>;
  /** Who we are in the room; undefined before the join is answered. */
  participantSid?: string;
}

/** A seat in a media worker. If that dies, {@link moveTo} goes on in another. */
export class RemoteSeat implements MediaSeat {
  readonly number: number;
  readonly port: number;
  readonly family: 4 | 6;
  #line: SeatLine;
  #settings: SeatSettings | undefined;
  #events: SeatEvents | undefined;
  #opened = false;
  #sending = false;
  #ended = false;
  #closed = false;
  #stay: Stay | undefined;
  #place: SeatPlace | undefined;
  #placeMs = 0;

  private constructor(number: number, port: number, family: 4 | 6, line: SeatLine) {
    this.number = number;
    this.port = port;
    this.family = family;
    this.#line = line;
  }

  /** Bind a port in a worker. @throws if it can't be bound there */
  static async bind(number: number, port: number, line: SeatLine): Promise<RemoteSeat> {
    const answer = await line.ask(number, { do: 'bind', port });
    const family = answer && 'family' in answer ? answer.family : 4;
    return new RemoteSeat(number, port, family, line);
  }

  /** True while it belongs to a call, not while it rests. */
  get inUse(): boolean {
    return !this.#ended;
  }

  begin(settings: SeatSettings, events: SeatEvents): void {
    this.#settings = settings;
    this.#events = events;
    this.#tell({ do: 'begin', settings });
  }

  open(): void {
    this.#opened = true;
    this.#tell({ do: 'open' });
  }

  startSending(): void {
    this.#sending = true;
    this.#tell({ do: 'send' });
  }

  update(agreement: MediaAgreement): void {
    if (this.#settings) this.#settings = { ...this.#settings, agreement };
    this.#tell({ do: 'update', agreement });
  }

  press(key: string): void {
    this.#tell({ do: 'press', key });
  }

  async finish(): Promise<void> {
    await this.#line.ask(this.number, { do: 'finish' }).catch(() => undefined);
  }

  async end(): Promise<RtpSessionStats | undefined> {
    if (this.#ended || this.#closed) return undefined;
    this.#ended = true;
    const answer = await this.#line.ask(this.number, { do: 'end' }).catch(() => undefined);
    return answer && 'stats' in answer ? answer.stats : undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = this.#ended = true;
    this.#tell({ do: 'close' });
  }

  async join(options: JoinOptions, events: SeatRoomEvents, signal: AbortSignal): Promise<SeatRoom> {
    signal.throwIfAborted();
    const giveUp = () => this.#tell({ do: 'give-up-join' });
    signal.addEventListener('abort', giveUp);
    const stay: Stay = { options, events, published: false, attributes: {} };
    // Whoever is in the room already is heard before the answer to the join is here.
    this.#stay = stay;
    try {
      await this.#joinRoom(stay, options);
    } catch (error) {
      this.#stay = undefined;
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    return {
      publishTrack: async () => {
        await this.#line.ask(this.number, { do: 'publish' });
        stay.published = true;
      },
      setAttributes: (attributes) => {
        Object.assign(stay.attributes, attributes);
        this.#tell({ do: 'attributes', attributes });
      },
      sendDtmf: (digit) => this.#tell({ do: 'room-key', digit }),
      leave: async () => {
        this.#stay = undefined;
        this.#tell({ do: 'give-up-join' });
        await this.#line.ask(this.number, { do: 'leave' }).catch(() => undefined);
      },
    };
  }

  /** The worker tells how far it is. */
  noted(place: SeatPlace): void {
    this.#place = place;
    this.#placeMs = performance.now();
    this.#seenAs(this.#stay, place.participantSid);
  }

  /** Something has happened in the worker. */
  hear(news: SeatNews): void {
    if (this.#ended) return;
    const room = this.#stay?.events;
    switch (news.what) {
      case 'key':
        return this.#events?.key(news.key);
      case 'timeout':
        return this.#events?.timeout();
      case 'heard':
        return room?.heard();
      case 'alone':
        return room?.alone();
      case 'data':
        return room?.data(news.topic, news.payload);
      case 'dtmf':
        return room?.dtmf(news.digit);
      case 'gone':
        return room?.gone(news.reason);
    }
  }

  /** Somebody in the room calls a method. Never rejects. */
  async rpc(method: RpcMethod, payload: string): Promise<RpcAnswer> {
    try {
      if (!this.#stay) throw new Error('the call is over');
      return { value: await this.#stay.events.rpc(method, payload) };
    } catch (error) {
      const code = error instanceof RoomRpcError ? error.code : undefined;
      return { code, message: (error as Error).message };
    }
  }

  /** The audio could not be kept. */
  lose(reason: string): void {
    if (this.inUse) this.#events?.lost(reason);
  }

  /**
   * Go on in another worker: the same port, the stream where it was, the room under the same name.
   * @throws if that is not possible
   */
  async moveTo(line: SeatLine): Promise<void> {
    this.#line = line;
    try {
      await this.#bindAgain();
      await this.#goOn();
    } catch (error) {
      // The port must be free for another try.
      this.#tell({ do: 'close' });
      throw error;
    }
  }

  async #goOn(): Promise<void> {
    const settings = this.#settings;
    if (!settings || this.#ended) return;
    const before = this.#advanced();
    this.#tell({ do: 'begin', settings, ...(before ? { before } : {}) });
    if (this.#opened) this.#tell({ do: 'open' });
    if (this.#sending) this.#tell({ do: 'send' });
    const stay = this.#stay;
    if (!stay) return;
    const { participantSid } = stay;
    const options =
      participantSid === undefined
        ? stay.options
        : { ...stay.options, returning: { participantSid } };
    try {
      await this.#joinRoom(stay, options);
    } catch (error) {
      if ((error as Error).name === 'RoomEndedError') return stay.events.gone('removed');
      throw error;
    }
    // The call may have left meanwhile.
    if (this.#stay !== stay) {
      await this.#line.ask(this.number, { do: 'leave' });
      return;
    }
    if (stay.published) await this.#line.ask(this.number, { do: 'publish' });
    this.#tell({ do: 'attributes', attributes: stay.attributes });
  }

  async #joinRoom(stay: Stay, options: JoinOptions): Promise<void> {
    const answer = await this.#line.ask(this.number, { do: 'join', options });
    if (answer && 'participantSid' in answer) this.#seenAs(stay, answer.participantSid);
  }

  /** A worker that dies right after the join has told of no place yet. */
  #seenAs(stay: Stay | undefined, participantSid: string | undefined): void {
    if (stay && participantSid !== undefined) stay.participantSid = participantSid;
  }

  #tell(order: SeatOrder): void {
    this.#line.tell(this.number, order);
  }

  async #bindAgain(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#line.ask(this.number, { do: 'bind', port: this.port });
        return;
      } catch (error) {
        if (error instanceof SeatLostError || tries === BIND_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, BIND_PAUSE_MS));
      }
    }
  }

  /** Where the stream must be by now. */
  #advanced(): RtpProgress | undefined {
    if (!this.#place) return undefined;
    const { stream, source, srtp } = this.#place.rtp;
    const passed = Math.ceil((performance.now() - this.#placeMs) / TICK_MS);
    const packets = this.#sending ? passed + SPARE_PACKETS : 0;
    const sequence = stream.sequence + packets;
    return {
      stream: {
        ssrc: stream.ssrc,
        sequence: sequence % WRAP,
        timestamp: (stream.timestamp + passed * TICK_SAMPLES) >>> 0,
      },
      source,
      srtp: srtp && {
        in: srtp.in,
        out: {
          rollover: srtp.out.rollover + Math.floor(sequence / WRAP),
          rtcpIndex: srtp.out.rtcpIndex + SPARE_RTCP,
        },
      },
    };
  }
}
