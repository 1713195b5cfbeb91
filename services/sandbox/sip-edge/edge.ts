/**
 * The SIP edge: what stands in for drachtio-server on a laptop and in tests. It speaks SIP on one
 * side and drachtio's application protocol on the other, so that code written against drachtio-srf
 * runs unchanged. No proxying, no TLS, loopback only.
 */
import { isIPv4 } from 'node:net';
import type { Logger } from '@patchbay/common/logger';
import { createResponse } from '../sip/build.ts';
import { SipEndpoint, type EndpointHandlers } from '../sip/endpoint.ts';
import { formatHostPort } from '../sip/headers.ts';
import { DEFAULT_TIMERS, type SipTimers } from '../sip/timers.ts';
import { AppServer, type App, type SipFrame } from './app/server.ts';
import { DialogTable } from './call/dialog.ts';
import { Uac } from './call/uac.ts';
import { Uas } from './call/uas.ts';

export interface SipEdgeOptions {
  /** Loopback address for SIP, UDP and TCP. */
  sipHost: string;
  /** 0 takes a free one. */
  sipPort: number;
  /** Loopback address for applications. */
  appHost: string;
  /** 0 takes a free one; drachtio-server's is 9022. */
  appPort: number;
  secret: string;
  log: Logger;
  /** {@link DEFAULT_TIMERS} by default. */
  timers?: SipTimers;
}

/** What is going on now. */
export interface EdgeStatus {
  apps: number;
  dialogs: number;
  transactions: number;
  /** Requests that wait for an application's answer. */
  pending: number;
  /** What came that was not SIP, by kind, since the start. */
  faults: Readonly<Record<string, number>>;
}

export interface SipEdge {
  readonly sipPort: number;
  readonly appPort: number;
  status(): EdgeStatus;
  /** End calls with BYE, answer what rings with 503, close every socket. */
  close(): Promise<void>;
}

/** How many faults of a kind are logged before they are only counted. */
const LOGGED_FAULTS = 20;

/**
 * Start the edge.
 * @throws {Error} if a host is not a loopback address; the socket's error if a port is taken
 */
export async function startSipEdge(options: SipEdgeOptions): Promise<SipEdge> {
  requireLoopback('sipHost', options.sipHost);
  requireLoopback('appHost', options.appHost);
  if (options.secret === '')
    throw new Error('secret is empty; give the one that apps connect with');
  const { log } = options;
  const faults: Record<string, number> = {};
  const parts: { uas?: Uas; uac?: Uac; apps?: AppServer } = {};
  const handlers: EndpointHandlers = {
    onRequest: (incoming) => {
      // Whatever one caller sends must not end the calls of the others.
      try {
        parts.uas?.onRequest(incoming);
      } catch (error) {
        log.error({ err: error, method: incoming.request.method }, 'handling a request failed');
        incoming.transaction.respond(createResponse(incoming.request, 500));
      }
    },
    onAck: (ack, flow, bytes) => parts.uas?.onAck(ack, flow, bytes),
    onFault: (fault, detail) => {
      const count = (faults[fault] ?? 0) + 1;
      faults[fault] = count;
      if (count <= LOGGED_FAULTS) log.warn({ fault, detail, count }, 'not usable as SIP');
    },
    onSocketError: (error) => log.warn({ err: error }, 'the UDP socket reported an error'),
  };
  const endpoint = await SipEndpoint.open({
    // Addresses are compared with those of packets, which are never names.
    host: options.sipHost === 'localhost' ? '127.0.0.1' : options.sipHost,
    port: options.sipPort,
    timers: options.timers ?? DEFAULT_TIMERS,
    ...handlers,
  });
  const dialogs = new DialogTable();
  const context = {
    endpoint,
    dialogs,
    log,
    pick: (method: string) => parts.apps?.pick(method),
  };
  const uac = new Uac(context);
  const uas = new Uas(context, (dialog, reason) => uac.hangUp(dialog, reason));
  const place = formatHostPort(endpoint.host, endpoint.port);
  let apps: AppServer;
  try {
    apps = await AppServer.listen({
      host: options.appHost,
      port: options.appPort,
      secret: options.secret,
      sipAddresses: `tcp/${place},udp/${place}`,
      log,
      onFrame: (app, frame) => dispatch(app, frame, uas, uac, log),
      onGone: (app) => {
        uas.onAppGone(app);
        uac.onAppGone(app);
      },
    });
  } catch (error) {
    await endpoint.close();
    throw error;
  }
  Object.assign(parts, { uas, uac, apps });
  return {
    sipPort: endpoint.port,
    appPort: apps.port,
    status: () => ({
      apps: apps.apps,
      dialogs: dialogs.size,
      transactions: endpoint.transactions,
      pending: uas.pending,
      faults: { ...faults },
    }),
    close: async () => {
      uas.close();
      uac.close();
      await apps.close();
      await endpoint.close();
    },
  };
}

function dispatch(app: App, frame: SipFrame, uas: Uas, uac: Uac, log: Logger): void {
  try {
    switch (frame.type) {
      case 'respond':
        return uas.onAppResponse(app, frame);
      case 'request':
        return uac.onAppRequest(app, frame);
      case 'request-in-dialog':
        return uac.onAppRequestInDialog(app, frame);
      case 'cancel':
        return uac.onAppCancel(app, frame);
    }
  } catch (error) {
    // Whatever one application writes must not end the calls of the others.
    log.error({ err: error, type: frame.type }, 'a frame from an app could not be carried out');
    app.send({ type: 'nok', to: frame.id, reason: `Server error: ${String(error).slice(0, 200)}` });
  }
}

/** The only addresses it binds. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function requireLoopback(name: string, host: string): void {
  if (isLoopback(host)) return;
  throw new Error(
    `${name} is ${host}; this edge is for development and binds loopback only, such as 127.0.0.1`,
  );
}
