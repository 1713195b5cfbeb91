import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@patchbay/common/logger';
import type { WebSocket } from 'ws';
import type { FaultBoard } from './faults.ts';
import type { RequestCounts } from './request-counts.ts';
import type { ToldWords } from './told-words.ts';

/** The only key the stand-ins accept. */
export const SANDBOX_KEY = 'sandbox';

/** What a provider answers that was told to talk nonsense: neither JSON nor sound. */
export const GARBAGE = '<html>502 Bad Gateway';

/** What every provider gets from the server it lives in. */
export interface ProviderContext {
  log: Logger;
  faults: FaultBoard;
  counts: RequestCounts;
  told: ToldWords;
  /** Aborted when the server closes. */
  closing: AbortSignal;
}

export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => Promise<void> | void;

/** A refusal of a WebSocket handshake. */
export interface Refusal {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: unknown;
}

export interface SocketHandler {
  /** The most bytes a message may have; a longer one closes the socket with 1009. */
  maxMessageBytes: number;
  /** Check a handshake. A refusal is sent as an HTTP answer. */
  accept(request: IncomingMessage, url: URL): Refusal | ((socket: WebSocket) => void);
}

/** The paths a provider serves. */
export interface Provider {
  /** By `METHOD /path`. */
  http?: Readonly<Record<string, HttpHandler>>;
  /** By path. */
  sockets?: Readonly<Record<string, SocketHandler>>;
  /** Answer to a path of this provider's family that it doesn't serve, in its own style. */
  notFound?: { prefix: string; handler: HttpHandler };
}

/** Answer a handshake with plain HTTP and end the connection. */
export function refuseUpgrade(stream: Duplex, refusal: Refusal): void {
  const body = Buffer.from(JSON.stringify(refusal.body));
  const headers = Object.entries({
    'content-type': 'application/json',
    'content-length': String(body.length),
    connection: 'close',
    ...refusal.headers,
  });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  stream.on('error', () => undefined);
  stream.end(
    Buffer.concat([Buffer.from(`HTTP/1.1 ${refusal.status} Refused\r\n${head}\r\n`), body]),
  );
}
