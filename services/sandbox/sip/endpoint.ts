/**
 * A SIP endpoint: transport and transactions together. It hands up each request once, each response
 * to whoever asked, and ACKs of 2xx; everything that the transaction rules settle stays below.
 * Telephone and edge are both built on this.
 */
import { createResponse } from './build.ts';
import { ClientTransaction, type ClientTransactionOptions } from './client-tx.ts';
import { defaultPort, isReliable, type Flow, type SipProtocol } from './flow.ts';
import { formatHostPort, parseCSeq, parseVia, tagOf } from './headers.ts';
import { BRANCH_COOKIE, newBranch } from './ids.ts';
import {
  field,
  header,
  serialize,
  topVia,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './message.ts';
import type { ParseFault } from './parse.ts';
import { ServerTransaction } from './server-tx.ts';
import { DEFAULT_TIMERS, type SipTimers } from './timers.ts';
import { SipTransport, type TransportHandlers, type TransportOptions } from './transport.ts';

/** A flood of requests must not fill the memory: further ones get 503 and are forgotten. */
const MAX_SERVER_TRANSACTIONS = 20_000;

/** A request that wants an answer. */
export interface Incoming {
  request: SipRequest;
  transaction: ServerTransaction;
  flow: Flow;
  /** Size on the wire. */
  bytes: number;
}

export interface EndpointHandlers {
  /** Any request but ACK, once. CANCEL too: see {@link SipEndpoint.inviteOf}. */
  onRequest(incoming: Incoming): void;
  /** The ACK of a 2xx (each copy of it). */
  onAck(ack: SipRequest, flow: Flow, bytes: number): void;
  /** Bytes that are no SIP message, and responses that answer nothing. For counting. */
  onFault?(fault: ParseFault['fault'] | 'broken-stream' | 'stray-response', detail: string): void;
  onSocketError?(error: Error): void;
}

export interface EndpointOptions extends EndpointHandlers {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Speak TLS too: see {@link TransportOptions}. */
  tls?: TransportOptions['tls'];
  /** {@link DEFAULT_TIMERS} by default. */
  timers?: SipTimers;
}

/** What the sender of a request wants to hear; see {@link ClientTransactionOptions}. */
export interface RequestHandlers {
  onResponse(response: SipResponse, again: boolean, flow: Flow, bytes: number): void;
  /** 408 stands for no answer in time, 503 for a failure to send. */
  onFailure(status: 408 | 503, why: string): void;
}

/** The part of {@link SipTransport} that is needed here. */
export type EndpointTransport = Pick<SipTransport, 'host' | 'port' | 'flowTo' | 'close'> & {
  readonly tlsPort?: number | undefined;
};

export class SipEndpoint {
  readonly timers: SipTimers;
  readonly #handlers: EndpointHandlers;
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #clients = new Map<string, { transaction: ClientTransaction; hear: Hear }>();
  #transport: EndpointTransport | undefined;

  private constructor(options: EndpointHandlers & { timers?: SipTimers | undefined }) {
    this.#handlers = options;
    this.timers = options.timers ?? DEFAULT_TIMERS;
  }

  /**
   * Bind UDP and TCP, and TLS if wanted, and start.
   * @throws the socket's error, for example EADDRINUSE
   */
  static async open(options: EndpointOptions): Promise<SipEndpoint> {
    const endpoint = new SipEndpoint(options);
    endpoint.#transport = await SipTransport.open({
      host: options.host,
      port: options.port,
      ...(options.tls ? { tls: options.tls } : {}),
      ...endpoint.#receivers(),
    });
    return endpoint;
  }

  /** An endpoint on another transport (tests): feed it through the returned handlers. */
  static over(
    transport: EndpointTransport,
    options: EndpointHandlers & { timers?: SipTimers },
  ): { endpoint: SipEndpoint; receivers: TransportHandlers } {
    const endpoint = new SipEndpoint(options);
    endpoint.#transport = transport;
    return { endpoint, receivers: endpoint.#receivers() };
  }

  get host(): string {
    return this.#bound().host;
  }

  get port(): number {
    return this.#bound().port;
  }

  /** Port for TLS; undefined if it speaks none. */
  get tlsPort(): number | undefined {
    return this.#bound().tlsPort;
  }

  /** The port that speaks it. @throws {Error} for TLS if there is none */
  portFor(protocol: SipProtocol): number {
    if (protocol !== 'tls') return this.port;
    if (this.tlsPort === undefined) throw new Error('this SIP endpoint speaks no TLS');
    return this.tlsPort;
  }

  /** Transactions that live now. */
  get transactions(): number {
    return this.#servers.size + this.#clients.size;
  }

  flowTo(protocol: SipProtocol, host: string, port: number): Flow {
    return this.#bound().flowTo(protocol, host, port);
  }

  /**
   * Send a request in a transaction of its own. A Via with a new branch is put on top unless the
   * request has one (a CANCEL has its INVITE's). Not for ACK: see {@link sendAck}.
   * @throws {Error} if the request can't be serialized (a line break in a header)
   */
  request(request: SipRequest, flow: Flow, handlers: RequestHandlers): ClientTransaction {
    this.addVia(request, flow);
    const key = clientKey(request);
    let last: { flow: Flow; bytes: number } = { flow, bytes: 0 };
    const options: ClientTransactionOptions = {
      request,
      reliable: isReliable(flow.protocol),
      timers: this.timers,
      send: (data, onError) => flow.send(data, onError),
      onResponse: (response, again) => handlers.onResponse(response, again, last.flow, last.bytes),
      onTimeout: () => handlers.onFailure(408, 'no answer in time'),
      onTransportError: (error) => handlers.onFailure(503, error.message),
      onTerminated: () => this.#clients.delete(key),
    };
    const transaction = new ClientTransaction(options);
    const hear: Hear = (response, from, bytes) => {
      last = { flow: from, bytes };
      transaction.receive(response);
    };
    this.#clients.set(key, { transaction, hear });
    return transaction;
  }

  /** Put our Via with a new branch on top, unless the request has a Via already. */
  addVia(request: SipRequest, flow: Flow): void {
    if (topVia(request) !== undefined) return;
    // TLS has a port of its own.
    const sentBy = formatHostPort(this.host, flow.localPort);
    const via = `SIP/2.0/${flow.protocol.toUpperCase()} ${sentBy};branch=${newBranch()};rport`;
    request.headers.unshift(field('Via', via));
  }

  /**
   * Send the ACK of a 2xx: a request without a transaction (RFC 3261 §13.2.2.4).
   * @returns the bytes, to be sent again for each further copy of the 2xx
   */
  sendAck(ack: SipRequest, flow: Flow): Buffer {
    this.addVia(ack, flow);
    const data = serialize(ack);
    flow.send(data);
    return data;
  }

  /** The INVITE that a CANCEL means, while it is known (RFC 3261 §9.2). */
  inviteOf(cancel: SipRequest): ServerTransaction | undefined {
    return this.#servers.get(serverKey(cancel, 'INVITE'));
  }

  /** End all transactions without a word and close the sockets. */
  async close(): Promise<void> {
    for (const transaction of [...this.#servers.values()]) transaction.terminate();
    for (const { transaction } of [...this.#clients.values()]) transaction.terminate();
    await this.#transport?.close();
  }

  #bound(): EndpointTransport {
    if (!this.#transport) throw new Error('the SIP endpoint is not open yet');
    return this.#transport;
  }

  #receivers(): TransportHandlers {
    return {
      onMessage: (message, flow, bytes) => this.#onMessage(message, flow, bytes),
      onFault: (fault, flow) => {
        const name = fault.kind === 'fault' ? fault.fault : fault.kind;
        this.#handlers.onFault?.(name, fault.detail);
        const request = fault.kind === 'fault' ? fault.answerable : undefined;
        // Without a transaction: whoever sends garbage must not make us keep anything.
        if (request && request.method !== 'ACK') {
          flow.send(serialize(createResponse(request, 400, { reason: `Bad Request (${name})` })));
        }
      },
      onSocketError: (error) => this.#handlers.onSocketError?.(error),
    };
  }

  #onMessage(message: SipMessage, flow: Flow, bytes: number): void {
    if (message.kind === 'response') {
      const client = this.#clients.get(clientKey(message));
      if (client) client.hear(message, flow, bytes);
      else this.#handlers.onFault?.('stray-response', String(message.status));
      return;
    }
    if (message.method === 'ACK') {
      const invite = this.#servers.get(serverKey(message, 'INVITE'));
      // A 2xx is acknowledged end to end; peers that reuse the branch for that ACK do so wrongly.
      if (!invite || invite.state === 'accepted') this.#handlers.onAck(message, flow, bytes);
      else invite.receiveAck();
      return;
    }
    const key = serverKey(message, message.method);
    const known = this.#servers.get(key);
    if (known) return known.receiveAgain();
    if (this.#servers.size >= MAX_SERVER_TRANSACTIONS) {
      flow.send(serialize(createResponse(message, 503)));
      return;
    }
    const transaction = new ServerTransaction({
      request: message,
      reliable: isReliable(flow.protocol),
      timers: this.timers,
      send: (data, onError) => this.#answerFlow(message, flow).send(data, onError),
      onTerminated: () => this.#servers.delete(key),
    });
    this.#servers.set(key, transaction);
    this.#handlers.onRequest({ request: message, transaction, flow, bytes });
  }

  /** RFC 3261 §18.2.2: if the connection is gone, open one to where the Via says. */
  #answerFlow(request: SipRequest, flow: Flow): Flow {
    if (flow.open) return flow;
    const via = parseVia(topVia(request) ?? '');
    if (!via) return flow;
    const port = via.port ?? defaultPort(flow.protocol);
    return this.flowTo(flow.protocol, via.params.get('received') ?? via.host, port);
  }
}

type Hear = (response: SipResponse, flow: Flow, bytes: number) => void;

/** RFC 3261 §17.1.3. */
function clientKey(message: SipMessage): string {
  const branch = parseVia(topVia(message) ?? '')?.params.get('branch') ?? '';
  return `${branch}|${parseCSeq(header(message, 'cseq') ?? '')?.method ?? ''}`;
}

/** RFC 3261 §17.2.3; for branches without the cookie, what RFC 2543 peers keep the same. */
function serverKey(request: SipRequest, method: string): string {
  const via = parseVia(topVia(request) ?? '');
  const branch = via?.params.get('branch') ?? '';
  const sentBy = `${via?.host ?? ''}:${via?.port ?? ''}`;
  if (branch.startsWith(BRANCH_COOKIE) && branch.length > BRANCH_COOKIE.length) {
    return `${branch}|${sentBy}|${method}`;
  }
  const sequence = parseCSeq(header(request, 'cseq') ?? '')?.sequence ?? 0;
  const tag = tagOf(header(request, 'from') ?? '') ?? '';
  return `${header(request, 'call-id') ?? ''}|${tag}|${sequence}|${sentBy}|${method}`;
}
