import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@patchbay/common/logger';
import { createResponse } from '../sip/build.ts';
import { SipEndpoint, type Incoming } from '../sip/endpoint.ts';
import { header, type SipRequest } from '../sip/message.ts';
import { selfSigned } from '../sip/self-signed.ts';
import type { SipTimers } from '../sip/timers.ts';
import { ALLOW, type Transport } from './dialog.ts';
import { MediaClock } from './media-clock.ts';
import { PhoneCall, type CallOptions } from './phone-call.ts';

const CLOSE_GRACE_MS = 2_000;

export interface TelephoneOptions {
  /** How requests travel; it listens on UDP and TCP, and on TLS if that is chosen. */
  transport: Transport;
  /** Address of all its sockets. Default 127.0.0.1. */
  host?: string;
  log: Logger;
  /** Shorter ones for tests. */
  timers?: SipTimers;
}

/**
 * A SIP telephone that calls out: many calls at once over one SIP socket, each with an RTP socket of
 * its own, all paced by one clock. It takes no calls.
 */
export class Telephone {
  readonly #options: TelephoneOptions;
  readonly #endpoint: SipEndpoint;
  readonly #clock = new MediaClock();
  readonly #calls = new Map<string, PhoneCall>();
  /** Call-IDs of calls that vanished: nothing about them is answered. */
  readonly #vanished = new Set<string>();
  #closing: Promise<void> | undefined;

  private constructor(options: TelephoneOptions, endpoint: SipEndpoint) {
    this.#options = options;
    this.#endpoint = endpoint;
  }

  /**
   * Bind the SIP sockets on a free port.
   * @throws the socket's error
   */
  static async open(options: TelephoneOptions): Promise<Telephone> {
    const opened: { phone?: Telephone } = {};
    const { host = '127.0.0.1', transport } = options;
    const endpoint = await SipEndpoint.open({
      host,
      port: 0,
      ...(transport === 'tls' ? { tls: { ...selfSigned(host), port: 0 } } : {}),
      ...(options.timers ? { timers: options.timers } : {}),
      onRequest: (incoming) => opened.phone?.onRequest(incoming),
      onAck: (ack) => opened.phone?.onAck(ack),
      onFault: (fault, detail) =>
        options.log.warn({ fault, detail }, 'a SIP message was not usable'),
      onSocketError: (err) => options.log.warn({ err }, 'SIP socket error'),
    });
    opened.phone = new Telephone(options, endpoint);
    return opened.phone;
  }

  /** SIP port, UDP and TCP. */
  get port(): number {
    return this.#endpoint.port;
  }

  /** Calls that are not over. */
  get activeCalls(): number {
    return this.#calls.size;
  }

  /** Dial. Returns at once; see {@link PhoneCall.answered}. */
  call(options: CallOptions): PhoneCall {
    const call = new PhoneCall(options, {
      endpoint: this.#endpoint,
      transport: this.#options.transport,
      clock: this.#clock,
      log: this.#options.log,
      onEnded: ({ callId }) => this.#calls.delete(callId),
      onVanished: ({ callId }) => this.#vanished.add(callId),
    });
    this.#calls.set(call.callId, call);
    return call;
  }

  /** Hang up what is left and close all sockets. A peer that does not answer is waited for 2 s at most. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const hangups = Promise.all([...this.#calls.values()].map((call) => call.hangup()));
    const enough = new AbortController();
    await Promise.race([hangups, delay(CLOSE_GRACE_MS, undefined, { signal: enough.signal })]);
    enough.abort();
    await Promise.all([...this.#calls.values()].map((call) => call.vanish()));
    await this.#endpoint.close();
  }

  private onAck(ack: SipRequest): void {
    this.#calls.get(header(ack, 'call-id') ?? '')?.onAck(ack);
  }

  private onRequest(incoming: Incoming): void {
    const { request, transaction } = incoming;
    const callId = header(request, 'call-id') ?? '';
    if (this.#vanished.has(callId)) return;
    const call = this.#calls.get(callId);
    if (call?.matches(request)) return call.onRequest(incoming);
    const status = request.method === 'OPTIONS' ? 200 : request.method === 'INVITE' ? 486 : 481;
    transaction.respond(createResponse(request, status, { headers: [ALLOW] }));
  }
}
