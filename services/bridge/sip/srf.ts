import type { EventEmitter } from 'node:events';
import Srf from 'drachtio-srf';
import type { Logger } from '@patchbay/common/logger';
import { ABILITIES, unsupportedOptions } from './abilities.ts';
import { dropSilently } from './drop.ts';
import type { Verdict } from './doorman.ts';
import { InboundLeg } from './inbound.ts';
import { hasForeignBody, headerOf, readVisitor } from './invite.ts';
import { timerRequest } from './live-dialog.ts';
import { agreeSessionTimer, MIN_SESSION_SECONDS } from './session-timer.ts';
import type { OutboundLeg, SipServerEvents } from './leg.ts';
import { PlacedLeg, type DialPlan } from './outbound.ts';

export interface SipServerOptions {
  /** Where drachtio-server listens for applications. */
  host: string;
  port: number;
  secret: string;
  log: Logger;
}

export interface SipServer {
  /** True while drachtio-server accepts what we send. */
  readonly connected: boolean;
  /** The leg of a call that is to be placed. */
  place(plan: DialPlan): OutboundLeg;
  close(): void;
}

/** drachtio-srf doubles its delay without end unless told otherwise. */
const LONGEST_RECONNECT_DELAY_MS = 3_000;
/** A line each time would be three a second while the server is away. */
const LOG_EVERY_MS = 5_000;

/**
 * Connect to drachtio-server and hand on every new call. The connection is made again, without
 * end, whenever it breaks.
 */
export function connectSipServer(options: SipServerOptions, events: SipServerEvents): SipServer {
  const { host, port, secret } = options;
  const log = options.log.child({ drachtio: `${host}:${port}` });
  const srf = new Srf();
  const unanswered = new Set<InboundLeg | PlacedLeg>();
  let connected = false;
  let closed = false;
  let lastComplaintMs = -LOG_EVERY_MS;

  const complain = (fields: object, message: string) => {
    if (closed || performance.now() - lastComplaintMs < LOG_EVERY_MS) return;
    lastComplaintMs = performance.now();
    log.warn(fields, message);
  };
  const sweep = () => {
    for (const leg of unanswered) if (!leg.unanswered) unanswered.delete(leg);
  };
  const setConnected = (value: boolean) => {
    if (connected === value) return;
    connected = value;
    events.connected(value);
  };

  // The typings miss arguments of `connect` and the event `close`.
  const emitter: EventEmitter = srf;
  emitter.on('connect', (error: unknown, hostPorts: unknown, version: unknown) => {
    if (closed) return disconnect(srf);
    if (error) {
      return complain({}, 'drachtio refused the connection: check DRACHTIO_SECRET; trying again');
    }
    lastComplaintMs = -LOG_EVERY_MS;
    log.info({ sipAddresses: hostPorts, version }, 'connected to drachtio');
    setConnected(true);
  });
  emitter.on('error', (error: unknown) => {
    complain({ err: error }, 'drachtio can not be reached; trying again');
  });
  emitter.on('close', () => {
    if (connected && !closed) log.warn('the connection to drachtio was lost; connecting again');
    setConnected(false);
    for (const leg of unanswered) leg.connectionLost();
    sweep();
  });

  srf.invite((request, response) => {
    try {
      // A re-INVITE of a dialog that is gone (RFC 3261 §12.2.2).
      if (!request.isNewInvite) return response.send(481);
      const verdict = events.invite(readVisitor(request));
      if (verdict.kind === 'silence') return dropSilently(request);
      if (verdict.kind === 'refuse') {
        return response.send(verdict.status, { headers: verdict.headers });
      }
      const terms = unacceptableTerms(request);
      if (terms) {
        events.turnedAway(terms.reason);
        return response.send(terms.status, { headers: terms.headers });
      }
      const { trunks } = verdict;
      const leg = new InboundLeg({ srf, request, response, trunks, log });
      sweep();
      unanswered.add(leg);
      events.call(leg);
    } catch (error) {
      log.error({ err: error }, 'an INVITE could not be handled');
      response.send(500);
    }
  });
  srf.use('options', (request, response) => {
    const verdict = events.greet(readVisitor(request));
    if (verdict.kind === 'silence') return;
    if (verdict.kind === 'refuse') {
      return response.send(verdict.status, { headers: verdict.headers });
    }
    const seconds = events.busyForSeconds();
    if (seconds === undefined) return response.send(200, { headers: ABILITIES });
    response.send(503, { headers: { 'Retry-After': String(seconds) } });
  });

  const settings = {
    host,
    port,
    secret,
    reconnect: { retryMaxDelay: LONGEST_RECONNECT_DELAY_MS },
    enablePing: true,
    pingInterval: 15_000,
  };
  // Typed as a promise, but returns at once; the event `connect` tells.
  void srf.connect(settings);

  return {
    get connected() {
      return connected;
    },
    place: (plan) => {
      const leg = new PlacedLeg(srf, plan, log);
      sweep();
      unanswered.add(leg);
      return leg;
    },
    close: () => {
      closed = true;
      disconnect(srf);
      setConnected(false);
    },
  };
}

/** What an INVITE asks of us that we can't give, and the answer that lets its sender ask anew. */
function unacceptableTerms(
  request: Srf.SrfRequest,
): Extract<Verdict, { kind: 'refuse' }> | undefined {
  const unsupported = unsupportedOptions(headerOf(request, 'Require'));
  if (unsupported) {
    return { kind: 'refuse', reason: 'extension', status: 420, headers: unsupported };
  }
  // RFC 3261 §8.2.3.
  if (hasForeignBody(request)) {
    const headers = { Accept: 'application/sdp' };
    return { kind: 'refuse', reason: 'body', status: 415, headers };
  }
  if (agreeSessionTimer(timerRequest(request)) === 'too-small') {
    const headers = { 'Min-SE': String(MIN_SESSION_SECONDS) };
    return { kind: 'refuse', reason: 'session-interval', status: 422, headers };
  }
  return undefined;
}

interface SrfInternals {
  app?: {
    client?: {
      wp?: { closing?: boolean; reconnectVars?: { retryTimer?: NodeJS.Timeout | null } };
    };
  };
}

/** drachtio-srf's own `disconnect` throws when there is no connection, and goes on connecting. */
function disconnect(srf: Srf): void {
  const wire = (srf as unknown as SrfInternals).app?.client?.wp;
  if (wire) {
    wire.closing = true;
    if (wire.reconnectVars?.retryTimer) clearTimeout(wire.reconnectVars.retryTimer);
  }
  try {
    srf.disconnect();
  } catch {
    // No connection at the moment.
  }
}
