/** The other side of a call, for tests: a SIP endpoint and an RTP socket that do as the test says. */
import { createSocket, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { PCMA, type G711PayloadType } from '@patchbay/common/g711';
import { parseRtp, type RtpPacket } from '@patchbay/common/rtp-packet';
import { createResponse } from '../sip/build.ts';
import { SipEndpoint, type Incoming } from '../sip/endpoint.ts';
import { parseNameAddr, parseUri } from '../sip/headers.ts';
import { newBranch } from '../sip/ids.ts';
import { field, header, type SipRequest, type SipResponse } from '../sip/message.ts';
import type { SipTimers } from '../sip/timers.ts';
import { MediaClock } from './media-clock.ts';
import { RtpSender } from './rtp-sender.ts';
import { formatSdp, parseSdp, type AudioDescription } from './sdp.ts';

/** Faster than in the field, and slow enough (6.4 s) for a busy machine. */
export const TEST_TIMERS: SipTimers = { t1Ms: 100, t2Ms: 800, t4Ms: 1_000 };
/** For tests that wait until patience runs out (0.64 s). */
export const IMPATIENT_TIMERS: SipTimers = { t1Ms: 10, t2Ms: 80, t4Ms: 100 };

export class TestPeer {
  readonly packets: RtpPacket[] = [];
  readonly #endpoint: SipEndpoint;
  readonly #socket: Socket;
  readonly #clock = new MediaClock();
  readonly #arrived = new EventEmitter();
  readonly #requests: Incoming[] = [];
  readonly #invites: Incoming[] = [];
  readonly #acks: SipRequest[] = [];
  readonly #stops: (() => void)[] = [];
  #obliging = false;

  private constructor(endpoint: SipEndpoint, socket: Socket) {
    this.#endpoint = endpoint;
    this.#socket = socket;
    socket.on('message', (data) => {
      const packet = parseRtp(data);
      if (typeof packet !== 'string') this.packets.push(packet);
      this.#arrived.emit('packet');
    });
  }

  static async open(timers: SipTimers = TEST_TIMERS): Promise<TestPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const made: { peer?: TestPeer } = {};
    const endpoint = await SipEndpoint.open({
      host: '127.0.0.1',
      port: 0,
      timers,
      onRequest: (incoming) => made.peer?.take(incoming),
      onAck: (ack) => made.peer?.takeAck(ack),
    });
    made.peer = new TestPeer(endpoint, socket);
    return made.peer;
  }

  get address(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.#endpoint.port };
  }

  get contact(): string {
    return `<sip:peer@127.0.0.1:${this.#endpoint.port}>`;
  }

  /** The next request; fails the test if it is another one. */
  async next(method: string): Promise<Incoming> {
    while (this.#requests.length === 0) await once(this.#arrived, 'request');
    const incoming = this.#requests.shift();
    if (incoming?.request.method !== method)
      throw new Error(`got ${incoming?.request.method}, not ${method}`);
    return incoming;
  }

  async nextAck(): Promise<SipRequest> {
    while (this.#acks.length === 0) await once(this.#arrived, 'ack');
    return this.#acks.shift() as SipRequest;
  }

  /** Requests that nobody took yet. */
  get waiting(): string[] {
    return this.#requests.map(({ request }) => request.method);
  }

  /** Packets with this payload type, as soon as there are so many. */
  async received(count: number, payloadType?: number): Promise<RtpPacket[]> {
    for (;;) {
      const fits = this.packets.filter(
        (p) => payloadType === undefined || p.payloadType === payloadType,
      );
      if (fits.length >= count) return fits;
      await once(this.#arrived, 'packet');
    }
  }

  sdp(changes: Partial<AudioDescription> = {}): string {
    const { port } = this.#socket.address();
    const audio: AudioDescription = {
      address: '127.0.0.1',
      port,
      payloadTypes: [PCMA],
      direction: 'sendrecv',
      ...changes,
    };
    return formatSdp(audio, { id: '7', version: 1 });
  }

  /** A 2xx with our description. */
  ok(request: SipRequest, sdp = this.sdp(), headers: Record<string, string> = {}): SipResponse {
    const more = Object.entries(headers).map(([name, value]) => field(name, value));
    const contact = headers.Contact === undefined ? [field('Contact', this.contact)] : [];
    return createResponse(request, 200, {
      headers: [...contact, ...more, field('Content-Type', 'application/sdp')],
      body: Buffer.from(sdp),
    });
  }

  /** Ring, answer and wait for the ACK. */
  async answer(sdp = this.sdp()): Promise<{ invite: Incoming; ok: SipResponse; ack: SipRequest }> {
    const invite = await this.next('INVITE');
    const ringing = createResponse(invite.request, 180);
    invite.transaction.respond(ringing);
    const ok = this.ok(invite.request, sdp);
    invite.transaction.respond(ok);
    return { invite, ok, ack: await this.nextAck() };
  }

  /** Send a request within the call that the phone began, and give the final answer. */
  request(
    invite: SipRequest,
    ok: SipResponse,
    method: string,
    options: { sequence?: number; body?: string; tag?: string } = {},
  ) {
    const uri = parseNameAddr(header(invite, 'contact') ?? '')?.uri ?? '';
    const target = parseUri(uri);
    const to = options.tag
      ? (header(invite, 'from') ?? '').replace(/tag=.*/, `tag=${options.tag}`)
      : header(invite, 'from');
    const request: SipRequest = {
      kind: 'request',
      method,
      uri,
      headers: [
        field('Max-Forwards', '70'),
        field('From', header(ok, 'to') ?? ''),
        field('To', to ?? ''),
        field('Call-ID', header(invite, 'call-id') ?? ''),
        field('CSeq', `${options.sequence ?? 1} ${method}`),
        field('Contact', this.contact),
        ...(options.body ? [field('Content-Type', 'application/sdp')] : []),
      ],
      body: Buffer.from(options.body ?? ''),
    };
    const flow = this.#endpoint.flowTo('udp', '127.0.0.1', target?.port ?? 0);
    const answer = new Promise<SipResponse>((resolve, reject) => {
      this.#endpoint.request(request, flow, {
        onResponse: (response) => response.status >= 200 && resolve(response),
        onFailure: (status, why) => reject(new Error(`${status} ${why}`)),
      });
    });
    const ack = (body = '') => {
      const headers = request.headers.map((h) =>
        h.key === 'cseq' ? field('CSeq', `${options.sequence ?? 1} ACK`) : h,
      );
      const via = `SIP/2.0/UDP 127.0.0.1:${this.#endpoint.port};branch=${newBranch()}`;
      const rest = headers.filter(({ key }) => key !== 'via');
      const message: SipRequest = {
        ...request,
        method: 'ACK',
        headers: [field('Via', via), ...rest],
        body: Buffer.from(body),
      };
      this.#endpoint.sendAck(message, flow);
    };
    return { answer, ack };
  }

  /** Speak to where the phone's offer says. Resolves when it has left. */
  async speak(
    offer: string,
    samples: Int16Array,
    payloadType: G711PayloadType = PCMA,
  ): Promise<void> {
    const { address, port } = parseSdp(offer);
    const sender = new RtpSender({ payloadType, onSpoken: () => undefined });
    const stop = this.#clock.start((dueMs) => this.#socket.send(sender.tick(dueMs), port, address));
    this.#stops.push(stop);
    await sender.play(samples);
    stop();
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#socket.close();
    await this.#endpoint.close();
  }

  /** From now on let every call end: unanswered ones are refused, BYE is confirmed. */
  oblige(): void {
    this.#obliging = true;
    for (const { request, transaction } of this.#invites) {
      if (transaction.answerable) transaction.respond(createResponse(request, 480));
    }
  }

  private take(incoming: Incoming): void {
    const { request, transaction } = incoming;
    if (this.#obliging) {
      transaction.respond(createResponse(request, request.method === 'INVITE' ? 480 : 200));
      return;
    }
    if (request.method === 'INVITE') this.#invites.push(incoming);
    this.#requests.push(incoming);
    this.#arrived.emit('request');
  }

  private takeAck(ack: SipRequest): void {
    this.#acks.push(ack);
    this.#arrived.emit('ack');
  }
}
