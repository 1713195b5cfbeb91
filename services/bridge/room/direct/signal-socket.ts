import {
  ClientInfo,
  ClientInfo_SDK,
  ConnectionSettings,
  JoinRequest,
  Ping,
  SignalRequest,
  SignalResponse,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from '@livekit/protocol';
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

  /** @param returningSid who we were in the room, to resume it instead of joining it */
  constructor(url: string, token: string, events: SignalSocketEvents, returningSid?: string) {
    this.#events = events;
    this.#socket = new WebSocket(signalUrl(url, returningSid), {
      // Not in the address: those end up in access logs.
      headers: { authorization: `Bearer ${token}` },
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.#socket.on('message', (data: Buffer) => this.#receive(data));
    this.#socket.on('error', (error) => this.#lose(explained(error)));
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

/** A server that does not know the address answers as it does where there is no such room. */
function explained(error: Error): Error {
  if (!error.message.endsWith('Unexpected server response: 404')) return error;
  const words = `${error.message}: no such room, or a LiveKit older than 1.9.10`;
  return new Error(`${words}, where only BRIDGE_ENGINE=sdk works`, { cause: error });
}

/**
 * The address of `/rtc/v1`, where the client makes all offers: one peer connection for both ways.
 * @throws if the address is malformed
 */
function signalUrl(url: string, returningSid: string | undefined): URL {
  const joinRequest = new JoinRequest({
    clientInfo: new ClientInfo({
      sdk: ClientInfo_SDK.NODE,
      protocol: PROTOCOL_VERSION,
      version: CLIENT_VERSION,
    }),
    // We ask for audio tracks one by one, so that nobody sends us pictures.
    connectionSettings: new ConnectionSettings({ autoSubscribe: false }),
    ...(returningSid === undefined ? {} : { reconnect: true, participantSid: returningSid }),
  });
  const wrapped = new WrappedJoinRequest({
    compression: WrappedJoinRequest_Compression.NONE,
    joinRequest: joinRequest.toBinary(),
  });
  const address = new URL(url.replace(/^http/, 'ws'));
  address.pathname = `${address.pathname.replace(/\/$/, '')}/rtc/v1`;
  // LiveKit's base64 has its padding (RFC 4648 §5).
  const bytes = Buffer.from(wrapped.toBinary());
  const text = bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  address.search = new URLSearchParams({ join_request: text }).toString();
  return address;
}
