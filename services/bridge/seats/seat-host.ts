import { RoomRpcError, type JoinOptions, type RpcMethod } from '../room/link.ts';
import type { RtpPair } from '../rtp/socket.ts';
import { LocalSeat, type SeatSurroundings } from './local-seat.ts';
import type {
  FromWorker,
  SeatAnswer,
  SeatAsk,
  SeatNews,
  SeatOrder,
  SeatPlace,
  ToWorker,
} from './messages.ts';
import type { SeatRoom } from './seat.ts';

export interface SeatHostOptions {
  around: SeatSurroundings;
  bind: (port: number) => Promise<RtpPair>;
  send: (message: FromWorker) => void;
}

interface Hosted {
  seat: LocalSeat;
  joining?: AbortController;
  room?: SeatRoom;
}

/** The worker's end of the line: seats in this process, led by messages. Never throws. */
export class SeatHost {
  readonly #options: SeatHostOptions;
  readonly #seats = new Map<number, Hosted>();
  readonly #rpcs = new Map<number, (answer: Promise<string>) => void>();
  #rpcCount = 0;

  constructor(options: SeatHostOptions) {
    this.#options = options;
  }

  receive(message: ToWorker): void {
    switch (message.kind) {
      case 'ask': {
        const { id, seat, ask } = message;
        this.#answer(seat, ask).then(
          (answer) => this.#options.send({ kind: 'answer', id, answer }),
          (error: unknown) => {
            const { name, message: words } = error as Error;
            this.#options.send({ kind: 'fault', id, fault: { name, message: words } });
          },
        );
        return;
      }
      case 'tell':
        return this.#obey(message.seat, message.order);
      case 'rpc-answer': {
        const { id, answer } = message;
        const settle = this.#rpcs.get(id);
        this.#rpcs.delete(id);
        if ('value' in answer) return settle?.(Promise.resolve(answer.value));
        const { code, message: words } = answer;
        const error = code === undefined ? new Error(words) : new RoomRpcError(code, words);
        return settle?.(Promise.reject(error));
      }
      case 'settings':
      case 'close':
        return;
    }
  }

  /** How far each seat is. */
  get places(): SeatPlace[] {
    return [...this.#seats].flatMap(([seat, { seat: local, room }]) => {
      const rtp = local.progress;
      return rtp ? [{ seat, rtp, participantSid: room?.participantSid }] : [];
    });
  }

  /** Leave every room and close every socket. Never rejects. */
  async close(): Promise<void> {
    const hosted = [...this.#seats.values()];
    this.#seats.clear();
    for (const { joining } of hosted) joining?.abort();
    await Promise.all(hosted.map(({ room }) => room?.leave() ?? Promise.resolve()));
    for (const { seat } of hosted) seat.close();
  }

  async #answer(number: number, ask: SeatAsk): Promise<SeatAnswer> {
    if (ask.do === 'bind') {
      const { around, bind } = this.#options;
      const pair = await bind(ask.port);
      this.#seats.set(number, { seat: new LocalSeat(pair, around) });
      return { family: pair.family };
    }
    const hosted = this.#seats.get(number);
    if (!hosted) throw new Error('there is no such seat');
    switch (ask.do) {
      case 'finish':
        await hosted.seat.finish();
        return undefined;
      case 'end':
        return { stats: await hosted.seat.end() };
      case 'join':
        await this.#join(number, hosted, ask.options);
        return { participantSid: hosted.room?.participantSid };
      case 'publish':
        if (!hosted.room) throw new Error('the room is not joined');
        await hosted.room.publishTrack();
        return undefined;
      case 'leave': {
        const { room } = hosted;
        delete hosted.room;
        await room?.leave();
        return undefined;
      }
    }
  }

  #obey(number: number, order: SeatOrder): void {
    const hosted = this.#seats.get(number);
    if (!hosted) return;
    const { seat, room } = hosted;
    switch (order.do) {
      case 'begin':
        return seat.begin(
          order.settings,
          {
            key: (key) => this.#tell(number, { what: 'key', key }),
            timeout: () => this.#tell(number, { what: 'timeout' }),
            lost: () => undefined,
          },
          order.before,
        );
      case 'open':
        return seat.open();
      case 'send':
        return seat.startSending();
      case 'update':
        return seat.update(order.agreement);
      case 'press':
        return seat.press(order.key);
      case 'attributes':
        return room?.setAttributes(order.attributes);
      case 'room-key':
        return room?.sendDtmf(order.digit);
      case 'give-up-join':
        return hosted.joining?.abort();
      case 'close':
        this.#seats.delete(number);
        hosted.joining?.abort();
        void room?.leave();
        return seat.close();
    }
  }

  async #join(number: number, hosted: Hosted, options: JoinOptions): Promise<void> {
    const joining = new AbortController();
    hosted.joining = joining;
    hosted.room = await hosted.seat.join(
      options,
      {
        heard: () => this.#tell(number, { what: 'heard' }),
        alone: () => this.#tell(number, { what: 'alone' }),
        data: (topic, payload) => this.#tell(number, { what: 'data', topic, payload }),
        dtmf: (digit) => this.#tell(number, { what: 'dtmf', digit }),
        gone: (reason) => this.#tell(number, { what: 'gone', reason }),
        rpc: (method, payload) => this.#rpc(number, method, payload),
      },
      joining.signal,
    );
  }

  #tell(seat: number, news: SeatNews): void {
    this.#options.send({ kind: 'news', seat, news });
  }

  #rpc(seat: number, method: RpcMethod, payload: string): Promise<string> {
    const id = (this.#rpcCount += 1);
    return new Promise<string>((resolve) => {
      this.#rpcs.set(id, resolve);
      this.#options.send({ kind: 'rpc', seat, id, method, payload });
    });
  }
}
