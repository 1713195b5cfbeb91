import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@patchbay/common/logger';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { WebSocketServer } from 'ws';
import { requestUrl, sendJson } from '../http/json-http.ts';
import { adminPages, type ProviderAdmin } from './admin.ts';
import { cartesia } from './cartesia.ts';
import { deepgram } from './deepgram.ts';
import { FaultBoard } from './faults.ts';
import { groq } from './groq.ts';
import { openai } from './openai.ts';
import {
  refuseUpgrade,
  type HttpHandler,
  type Provider,
  type ProviderContext,
  type SocketHandler,
} from './provider.ts';
import { RequestCounts } from './request-counts.ts';
import { sarvam } from './sarvam.ts';
import { sarvamStt } from './sarvam-stt.ts';
import { ToldWords } from './told-words.ts';

export interface ProvidersOptions {
  /** Loopback only. */
  host: string;
  /** 0 takes a free port. */
  port: number;
  log: Logger;
}

export interface Providers {
  /** `http://host:port`. */
  readonly url: string;
  readonly port: number;
  /** Faults to set and requests counted; also served under `/admin`. */
  readonly admin: ProviderAdmin;
  close(): Promise<void>;
}

/**
 * Start the stand-ins for Deepgram, OpenAI, Groq, Cartesia and Sarvam on one port, each at its natural
 * paths. They are backed by pocketsphinx and espeak-ng and add no delay of their own.
 *
 * @throws RangeError if the host is not a loopback address
 */
export async function startProviders(options: ProvidersOptions): Promise<Providers> {
  if (!/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(options.host)) {
    throw new RangeError(
      `host is ${options.host}: the provider stand-ins listen on loopback only, for example 127.0.0.1`,
    );
  }
  const admin = { faults: new FaultBoard(), counts: new RequestCounts(), told: new ToldWords() };
  const closing = new AbortController();
  const context: ProviderContext = { ...admin, log: options.log, closing: closing.signal };
  const providers = [
    deepgram(context),
    openai(context),
    groq(context),
    cartesia(context),
    sarvam(context),
    sarvamStt(context),
    adminPages(admin),
  ];
  const socketServers = new Map<SocketHandler, WebSocketServer>();
  for (const handler of providers.flatMap(({ sockets = {} }) => Object.values(sockets))) {
    const maxPayload = handler.maxMessageBytes;
    socketServers.set(handler, new WebSocketServer({ noServer: true, maxPayload }));
  }
  const server = createServer((request, response) => {
    void answer(providers, request, response, options.log);
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const url = requestUrl(request);
    const handler = providers.map((provider) => provider.sockets?.[url.pathname]).find(Boolean);
    const socketServer = handler && socketServers.get(handler);
    if (!socketServer) {
      refuseUpgrade(stream, { status: 404, body: { error: `no WebSocket at ${url.pathname}` } });
      return;
    }
    const accepted = handler.accept(request, url);
    if (typeof accepted !== 'function') return refuseUpgrade(stream, accepted);
    socketServer.handleUpgrade(request, stream, head, (socket) => {
      // Broken frames and oversized messages end the socket; that is all there is to do about them.
      socket.on('error', (error) => options.log.debug({ err: error }, 'provider socket failed'));
      accepted(socket);
    });
  });
  const port = await listen(server, options.port, options.host);
  options.log.info(
    { port },
    'providers are stand-ins for development: espeak-ng speaks, pocketsphinx hears, a script answers',
  );
  return {
    url: `http://${options.host}:${port}`,
    port,
    admin,
    close: async () => {
      closing.abort();
      for (const { clients } of socketServers.values())
        for (const socket of clients) socket.terminate();
      await closeServer(server);
    },
  };
}

async function answer(
  providers: readonly Provider[],
  request: IncomingMessage,
  response: ServerResponse,
  log: Logger,
): Promise<void> {
  const url = requestUrl(request);
  const route = `${request.method} ${url.pathname}`;
  const handler: HttpHandler =
    providers.map((provider) => provider.http?.[route]).find(Boolean) ??
    providers.find(({ notFound }) => notFound && url.pathname.startsWith(notFound.prefix))?.notFound
      ?.handler ??
    ((_request, _response) => sendJson(_response, 404, { error: `not served here: ${route}` }));
  try {
    await handler(request, response, url);
  } catch (error) {
    // A client that hangs up in the middle of its request is no fault of ours.
    if (request.destroyed && !request.complete) return;
    log.error({ err: error, route }, 'provider request failed');
    sendJson(response, 500, { error: String(error) });
    response.end();
  }
}
