/**
 * The SIP edge: what stands in for drachtio-server on a laptop and in tests. It speaks SIP on one
 * side and drachtio's application protocol on the other, so that code written against drachtio-srf
 * runs unchanged. No proxying, loopback only; TLS by a certificate made for each run.
 */
import { isIPv4 } from 'node:net';
import type { Logger } from '@patchbay/common/logger';
import { SipEndpoint } from '../sip/endpoint.ts';
import { formatHostPort } from '../sip/headers.ts';
import { selfSigned } from '../sip/self-signed.ts';
import { DEFAULT_TIMERS, type SipTimers } from '../sip/timers.ts';
import { AppServer } from './app/server.ts';
import { Calls } from './call/calls.ts';

export interface SipEdgeOptions {
  /** Loopback address for SIP, UDP and TCP; any with `beyondLoopback`. */
  sipHost: string;
  /** For a test cluster whose node has an address of its own. Default: false. */
  beyondLoopback?: boolean;
  /** 0 takes a free one. */
  sipPort: number;
  /** Port for SIP over TLS; 0 takes a free one. Without it there is no TLS. */
  sipTlsPort?: number;
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
  /** Undefined without TLS. */
  readonly sipTlsPort: number | undefined;
  /** Who vouches for its TLS: its own certificate, PEM. */
  readonly certificate: string | undefined;
  readonly appPort: number;
  status(): EdgeStatus;
  /** End calls with BYE, answer what rings with 503, close every socket. */
  close(): Promise<void>;
}

/**
 * Start the edge.
 * @throws {Error} if a host is not a loopback address; the socket's error if a port is taken
 */
export async function startSipEdge(options: SipEdgeOptions): Promise<SipEdge> {
  if (!options.beyondLoopback) requireLoopback('sipHost', options.sipHost);
  requireLoopback('appHost', options.appHost);
  if (options.secret === '')
    throw new Error('secret is empty; give the one that apps connect with');
  const { log } = options;
  const parts: { apps?: AppServer } = {};
  const calls = new Calls((method) => parts.apps?.pick(method), log);
  // Addresses are compared with those of packets, which are never names.
  const host = options.sipHost === 'localhost' ? '127.0.0.1' : options.sipHost;
  const tls =
    options.sipTlsPort === undefined
      ? undefined
      : { ...selfSigned(host), port: options.sipTlsPort };
  const endpoint = await SipEndpoint.open({
    host,
    port: options.sipPort,
    ...(tls ? { tls } : {}),
    timers: options.timers ?? DEFAULT_TIMERS,
    ...calls.handlers,
  });
  calls.start(endpoint);
  const place = formatHostPort(endpoint.host, endpoint.port);
  const places = [`tcp/${place}`, `udp/${place}`];
  if (endpoint.tlsPort !== undefined) {
    places.push(`tls/${formatHostPort(endpoint.host, endpoint.tlsPort)}`);
  }
  let apps: AppServer;
  try {
    apps = await AppServer.listen({
      host: options.appHost,
      port: options.appPort,
      secret: options.secret,
      sipAddresses: places.join(','),
      log,
      onFrame: (app, frame) => calls.onFrame(app, frame),
      onGone: (app) => calls.onGone(app),
    });
  } catch (error) {
    await endpoint.close();
    throw error;
  }
  parts.apps = apps;
  return {
    sipPort: endpoint.port,
    sipTlsPort: endpoint.tlsPort,
    certificate: tls?.cert,
    appPort: apps.port,
    status: () => ({
      apps: apps.apps,
      dialogs: calls.dialogs,
      transactions: endpoint.transactions,
      pending: calls.pending,
      faults: calls.faults,
    }),
    close: async () => {
      calls.close();
      await apps.close();
      await endpoint.close();
    },
  };
}

/** The only addresses it binds unless it is told otherwise. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function requireLoopback(name: string, host: string): void {
  if (isLoopback(host)) return;
  throw new Error(
    `${name} is ${host}; this edge is for development and binds loopback only, such as 127.0.0.1`,
  );
}
