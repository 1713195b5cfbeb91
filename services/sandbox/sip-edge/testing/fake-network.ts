/** The edge's calls without sockets: messages and frames go in and out as values. */
import { silentLogger } from '@patchbay/common/logger';
import { SipEndpoint } from '../../sip/endpoint.ts';
import type { Flow } from '../../sip/flow.ts';
import { header, type SipMessage, type SipRequest, type SipResponse } from '../../sip/message.ts';
import { parseMessage } from '../../sip/parse.ts';
import type { TransportHandlers } from '../../sip/transport.ts';
import { parseAppFrame, type EdgeFrame } from '../app/leader.ts';
import type { App, SipFrame } from '../app/server.ts';
import { Calls } from '../call/calls.ts';

type Of<T extends EdgeFrame['type']> = Extract<EdgeFrame, { type: T }>;

/** One application; keeps every frame it got. */
export class FakeApp implements App {
  readonly frames: EdgeFrame[] = [];

  send(frame: EdgeFrame): void {
    this.frames.push(frame);
  }

  /** The frames of one type, in order. */
  of<T extends EdgeFrame['type']>(type: T): Of<T>[] {
    return this.frames.filter((frame): frame is Of<T> => frame.type === type);
  }

  last<T extends EdgeFrame['type']>(type: T): Of<T> {
    const frame = this.of(type).at(-1);
    if (!frame) throw new Error(`no ${type} frame came, only: ${this.types().join(', ')}`);
    return frame;
  }

  /** What came, one word each: `INVITE`, `200`, `sent-response`, `nok`. */
  types(): string[] {
    return this.frames.map((frame) => (frame.type === 'sip' ? word(frame.message) : frame.type));
  }
}

/** `INVITE` or `200`. */
export function word(message: SipMessage): string {
  return message.kind === 'request' ? message.method : String(message.status);
}

export class FakeNetwork {
  readonly app = new FakeApp();
  readonly calls: Calls;
  readonly endpoint: SipEndpoint;
  /** What the edge sent, in order. */
  readonly sent: SipMessage[] = [];
  readonly protocol: 'udp' | 'tcp';
  /** Called with each message the edge sends, before the next line of its code runs. */
  onSend: ((message: SipMessage) => void) | undefined;
  #receivers: TransportHandlers;
  #frames = 0;
  #serial = 0;

  constructor(protocol: 'udp' | 'tcp' = 'udp') {
    this.protocol = protocol;
    this.calls = new Calls(() => this.app, silentLogger());
    const { endpoint, receivers } = SipEndpoint.over(
      {
        host: '127.0.0.1',
        port: 5060,
        flowTo: (_protocol, host, port) => this.flow(host, port),
        close: () => Promise.resolve(),
      },
      this.calls.handlers,
    );
    this.endpoint = endpoint;
    this.#receivers = receivers;
    this.calls.start(endpoint);
  }

  flow(host = '127.0.0.1', port = 5070): Flow {
    return {
      protocol: this.protocol,
      remoteAddress: host,
      remotePort: port,
      localAddress: '127.0.0.1',
      localPort: 5060,
      open: true,
      send: (data) => {
        const message = parseMessage(data);
        if (message.kind === 'fault') throw new Error(`the edge sent ${message.fault}`);
        this.sent.push(message);
        this.onSend?.(message);
      },
    };
  }

  /** What was sent, one word each. */
  words(): string[] {
    return this.sent.map(word);
  }

  lastSent(): SipMessage {
    const message = this.sent.at(-1);
    if (!message) throw new Error('nothing was sent');
    return message;
  }

  lastResponse(): SipResponse {
    const message = this.lastSent();
    if (message.kind !== 'response') throw new Error(`${message.method} was sent last`);
    return message;
  }

  lastRequest(): SipRequest {
    const message = this.lastSent();
    if (message.kind !== 'request') throw new Error(`${message.status} was sent last`);
    return message;
  }

  /** Something comes from the network. */
  receive(text: string): void {
    const data = Buffer.from(text);
    const message = parseMessage(data);
    const flow = this.flow();
    if (message.kind === 'fault') this.#receivers.onFault(message, flow);
    else this.#receivers.onMessage(message, flow, data.length);
  }

  /** A caller's request; `toTag` puts it in a dialog, a given branch makes it a copy. */
  request(
    method: string,
    options: {
      cseq?: number;
      cseqMethod?: string;
      toTag?: string | undefined;
      branch?: string;
      more?: string;
      body?: string;
    } = {},
  ): string {
    const branch = options.branch ?? `z9hG4bKcaller${++this.#serial}`;
    const to = options.toTag === undefined ? '' : `;tag=${options.toTag}`;
    return (
      `${method} sip:100@127.0.0.1:5060 SIP/2.0\r\n` +
      `Via: SIP/2.0/${this.protocol.toUpperCase()} 127.0.0.1:5070;branch=${branch};rport=5070\r\n` +
      `From: <sip:caller@127.0.0.1:5070>;tag=caller\r\n` +
      `To: <sip:100@127.0.0.1:5060>${to}\r\n` +
      `Call-ID: call-1\r\nCSeq: ${options.cseq ?? 1} ${options.cseqMethod ?? method}\r\n` +
      `Contact: <sip:caller@127.0.0.1:5070>\r\n${options.more ?? ''}` +
      `Content-Length: ${Buffer.byteLength(options.body ?? '')}\r\n\r\n${options.body ?? ''}`
    );
  }

  /** The far end answers a request that the edge sent. */
  answer(
    request: SipRequest,
    status: number,
    options: { tag?: string; more?: string } = {},
  ): string {
    const tag = options.tag === undefined ? '' : `;tag=${options.tag}`;
    const line = (name: string, extra = '') =>
      `${name}: ${header(request, name) ?? ''}${extra}\r\n`;
    const to = (header(request, 'to') ?? '').includes('tag=') ? '' : tag;
    return (
      `SIP/2.0 ${status} Text\r\n${line('Via')}${line('From')}${line('To', to)}${line('Call-ID')}` +
      `${line('CSeq')}Contact: <sip:callee@127.0.0.1:5080>\r\n${options.more ?? ''}\r\n`
    );
  }

  /** The application sends a frame; a Content-Length that fits is put in. */
  frame(fields: string, message: string, from: App = this.app): void {
    const [head = '', ...body] = message.split('\r\n\r\n');
    const rest = body.join('\r\n\r\n');
    const text = `${head}\r\nContent-Length: ${rest.length}\r\n\r\n${rest}`;
    const frame = parseAppFrame(Buffer.from(`f${++this.#frames}|sip|${fields}\r\n${text}`));
    if (frame.type === 'unusable') from.send({ type: 'nok', to: frame.id, reason: frame.reason });
    else this.calls.onFrame(from, frame as SipFrame);
  }

  /** The application answers the last request it got. */
  respond(status: number, more = '', body = ''): void {
    const incoming = this.app
      .of('sip')
      .filter((f) => f.message.kind === 'request' && word(f.message) !== 'CANCEL');
    const transactionId = incoming.at(-1)?.transactionId ?? 'none';
    this.frame(`${transactionId}|`, `SIP/2.0 ${status} Text\r\n${more}\r\n${body}`);
  }

  /** A call from the network is answered and acknowledged. @returns the dialog's id and our tag */
  establish(): { id: string; toTag: string } {
    this.receive(this.request('INVITE'));
    this.respond(200, '', 'v=0\r\n');
    const { dialogId, message } = this.app.last('sent-response');
    const toTag = /tag=(.*)/.exec(header(message, 'to') ?? '')?.[1] ?? '';
    this.receive(this.request('ACK', { toTag }));
    return { id: dialogId, toTag };
  }
}
