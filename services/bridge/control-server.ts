import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DialDesk } from './dial-desk.ts';

const MOST_BODY_BYTES = 4_096;
const REQUEST_TIMEOUT_MS = 5_000;
const RETRY_AFTER_SECONDS = 5;

export interface ControlServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** What callers give as `Authorization: Bearer <key>`. */
  key: string;
  desk: Pick<DialDesk, 'place' | 'find' | 'cancel'>;
}

export interface ControlServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The bridge's own small door for calls out, for the API and nobody else: `POST /calls` places one
 * (202 with its id and room), `GET /calls/<id>` tells its state or how it ended, and
 * `DELETE /calls/<id>` calls it off. See
 * docs/decisions/0005-outbound-by-the-bridge.md.
 */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answer(request, options).then(
      ({ status, body, headers = {} }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify(body));
      },
      () => fail(response),
    );
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

async function answer(request: IncomingMessage, options: ControlServerOptions): Promise<Answer> {
  const { key, desk } = options;
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!sameKey(given, key)) return { status: 401, body: { error: 'a key is needed' } };
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (path === '/calls' && request.method === 'POST') return place(await readBody(request), desk);
  const callId = /^\/calls\/([0-9a-f]{32})$/.exec(path)?.[1];
  if (callId !== undefined && (request.method === 'GET' || request.method === 'DELETE')) {
    const call = request.method === 'GET' ? desk.find(callId) : desk.cancel(callId);
    return call ? { status: 200, body: call } : { status: 404, body: { error: 'no such call' } };
  }
  return { status: 404, body: { error: 'no such page' } };
}

function place(text: string | undefined, desk: ControlServerOptions['desk']): Answer {
  if (text === undefined) return { status: 413, body: { error: 'the body is too long' } };
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return { status: 400, body: { error: 'the body must be JSON' } };
  }
  const placed = desk.place(input);
  switch (placed.kind) {
    case 'placed':
      return { status: 202, body: placed.call };
    case 'bad':
      return { status: 400, body: { error: 'the order is wrong', faults: placed.faults } };
    case 'busy': {
      const { result, detail } = placed.outcome;
      const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
      return { status: 503, body: { error: detail, result }, headers };
    }
  }
}

/** @returns undefined if it is too long */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The connection broke while it was read, or a fault of ours. */
function fail(response: ServerResponse): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: 'the request could not be carried out' }));
}

/** Compares in constant time. */
function sameKey(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
