import { Ping, SignalRequest, SignalResponse } from '@livekit/protocol';
import WebSocket from 'ws';

/** 15: leave with an action and regions; above it a client can be moved to other rooms. */
const PROTOCOL_VERSION = 15;
const CLIENT_VERSION = '1.0.0';
/** A message of the server is never this long. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** If the server does not say how often. */
const PING_INTERVAL_S = 10;
const PING_TIMEOUT_S = 20;

export type SignalMessage = SignalResponse['message'];
type RequestMessage = NonNullable<ConstructorParameters<typeof SignalRequest>[0]>['message'];

export interface SignalSocketEvents {
  message(message: SignalMessage): void;
  /** The connection is gone, or the server has gone silent. Called once, not after `close`. */
  lost(reason: Error): void;
}

/** LiveKit's signalling over one WebSocket. */
export class SignalSocket {
  readonly #socket: WebSocket;
  readonly #events: SignalSocketEvents;
  readonly #gone = Promise.withResolvers<void>();
  #pings: NodeJS.Timeout | undefined;
  #heardMs = 0;
  #over = false;

  /** @param query what the address says besides the usual */
  constructor(
    url: string,
    token: string,
    query: Readonly<Record<string, string>>,
    events: SignalSocketEvents,
  ) {
    this.#events = events;
    this.#socket = new WebSocket(signalUrl(url, query), {
      // Not in the address: those end up in access logs.
      headers: { authorization: `Bearer ${token}` },
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.#socket.on('message', (data: Buffer) => this.#receive(data));
    this.#socket.on('error', (error) => this.#lose(error));
    this.#socket.on('close', (code) => {
      this.#lose(new Error(`LiveKit closed the signalling connection (${code})`));
      this.#gone.resolve();
    });
  }

  /** Ask the server from now on whether it is there. Intervals of 0 mean LiveKit's defaults. */
  startPings(intervalS: number, timeoutS: number): void {
    const timeoutMs = (timeoutS || PING_TIMEOUT_S) * 1_000;
    this.#heardMs = performance.now();
    this.#pings = setInterval(
      () => {
        if (performance.now() - this.#heardMs > timeoutMs) {
          this.#lose(new Error(`LiveKit was silent for ${timeoutMs} ms`));
        } else {
          const timestamp = BigInt(Date.now());
          this.send({ case: 'pingReq', value: new Ping({ timestamp, rtt: 0n }) });
        }
      },
      (intervalS || PING_INTERVAL_S) * 1_000,
    );
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** @returns false if the connection is not open */
  send(message: RequestMessage): boolean {
    if (!this.open || message === undefined) return false;
    this.#socket.send(new SignalRequest({ message }).toBinary());
    return true;
  }

  /** Close it, and wait until it is closed: it is torn down if that takes longer than the limit. */
  async close(limitMs: number): Promise<void> {
    this.#end();
    const timer = setTimeout(() => this.#socket.terminate(), limitMs);
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close(1_000);
    await this.#gone.promise;
    clearTimeout(timer);
  }

  #receive(data: Buffer): void {
    if (this.#over) return;
    this.#heardMs = performance.now();
    let message: SignalMessage;
    try {
      message = SignalResponse.fromBinary(data).message;
    } catch {
      // A message that is none; what follows may be fine.
      return;
    }
    this.#events.message(message);
  }

  #lose(reason: Error): void {
    if (this.#over) return;
    this.#end();
    this.#socket.terminate();
    this.#events.lost(reason);
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#pings);
  }
}

/** @throws if the address is malformed */
function signalUrl(url: string, query: Readonly<Record<string, string>>): URL {
  const address = new URL(url.replace(/^http/, 'ws'));
  address.pathname = `${address.pathname.replace(/\/$/, '')}/rtc`;
  address.search = new URLSearchParams({
    protocol: String(PROTOCOL_VERSION),
    sdk: 'node',
    version: CLIENT_VERSION,
    // We ask for audio tracks one by one, so that nobody sends us pictures.
    auto_subscribe: '0',
    ...query,
  }).toString();
  return address;
}
