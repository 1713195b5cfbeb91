import type { Flow, SipProtocol } from './flow.ts';
import { formatVia, parseVia } from './headers.ts';
import { replaceTopVia, topVia, type SipMessage, type SipRequest } from './message.ts';
import { parseMessage, type ParseFault } from './parse.ts';
import type { TlsIdentity } from './self-signed.ts';
import { TcpPort, type TcpHandlers } from './tcp.ts';
import { UdpPort } from './udp.ts';

export interface TransportHandlers {
  /** A well-formed message; `bytes` is its size on the wire. */
  onMessage(message: SipMessage, flow: Flow, bytes: number): void;
  /** Something came that is not SIP. Count it; answer 400 if `fault.answerable` is there. */
  onFault(fault: ParseFault | { kind: 'broken-stream'; detail: string }, flow: Flow): void;
  /** A socket reported an error of its own (UDP). The transport goes on. */
  onSocketError(error: Error): void;
}

export interface TransportOptions extends TransportHandlers {
  /** Address to bind and to show in Via and Contact. */
  host: string;
  /** 0 takes a free one, the same for UDP and TCP. */
  port: number;
  /** Speak TLS too, on a port of its own; 0 takes a free one. */
  tls?: TlsIdentity & { port: number };
}

const PORT_TRIES = 20;

/**
 * SIP over UDP and TCP on one port number, and over TLS on another (RFC 3261 §18). Incoming requests get `rport`, and
 * `received` where the address differs, on their top Via (RFC 3581), whether asked for or not.
 */
export class SipTransport {
  readonly host: string;
  readonly port: number;
  readonly #udp: UdpPort;
  readonly #tcp: TcpPort;
  readonly #tls: TcpPort | undefined;

  private constructor(host: string, udp: UdpPort, tcp: TcpPort, tls: TcpPort | undefined) {
    this.host = host;
    this.port = tcp.port;
    this.#udp = udp;
    this.#tcp = tcp;
    this.#tls = tls;
  }

  /**
   * Bind all sockets.
   * @throws the socket's error, for example EADDRINUSE if the wanted port is taken
   */
  static async open(options: TransportOptions): Promise<SipTransport> {
    const receive = (data: Buffer, flow: Flow) => receiveMessage(data, flow, options);
    const streams: TcpHandlers = {
      onMessage: receive,
      onBroken: (detail, flow) => options.onFault({ kind: 'broken-stream', detail }, flow),
    };
    for (let tries = 1; ; tries++) {
      const tcp = await TcpPort.listen(options.host, options.port, streams);
      let udp: UdpPort | undefined;
      try {
        udp = await UdpPort.bind(options.host, tcp.port, receive, (error) =>
          options.onSocketError(error),
        );
        const tls =
          options.tls &&
          (await TcpPort.listen(options.host, options.tls.port, streams, options.tls));
        return new SipTransport(options.host, udp, tcp, tls);
      } catch (error) {
        await Promise.all([tcp.close(), udp?.close()]);
        // A free TCP port may be taken for UDP: then try another pair.
        if (options.port !== 0 || udp || tries >= PORT_TRIES) throw error;
      }
    }
  }

  /** Port for TLS; undefined if it speaks none. */
  get tlsPort(): number | undefined {
    return this.#tls?.port;
  }

  /** Number of TCP and TLS connections open now. */
  get connections(): number {
    return this.#tcp.connections + (this.#tls?.connections ?? 0);
  }

  /**
   * A way to send there. Connections are reused; a refused one shows at the first send.
   * @throws {Error} for TLS if it speaks none
   */
  flowTo(protocol: SipProtocol, host: string, port: number): Flow {
    switch (protocol) {
      case 'udp':
        return this.#udp.flowTo(host, port);
      case 'tcp':
        return this.#tcp.flowTo(host, port);
      case 'tls':
        if (!this.#tls) throw new Error('this SIP transport speaks no TLS');
        return this.#tls.flowTo(host, port);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp.close(), this.#tcp.close(), this.#tls?.close()]);
  }
}

/** Keepalives on UDP: line breaks, NUL bytes, or the four-byte pings of some phones. */
function isKeepalive(data: Buffer): boolean {
  return data.length <= 4;
}

function receiveMessage(data: Buffer, flow: Flow, handlers: TransportHandlers): void {
  if (flow.protocol === 'udp' && isKeepalive(data)) return;
  const message = parseMessage(data);
  if (message.kind === 'fault') {
    if (message.answerable) markSource(message.answerable, flow);
    handlers.onFault(message, flow);
    return;
  }
  if (message.kind === 'request') markSource(message, flow);
  handlers.onMessage(message, flow, data.length);
}

/** RFC 3261 §18.2.1 and RFC 3581 §4. */
function markSource(request: SipRequest, flow: Flow): void {
  const via = parseVia(topVia(request) ?? '');
  if (!via) return;
  const params = new Map(via.params);
  params.set('rport', String(flow.remotePort));
  if (via.host !== flow.remoteAddress) params.set('received', flow.remoteAddress);
  replaceTopVia(request, formatVia({ ...via, params }));
}
