/** The telephone's side of a dialog it began, RFC 3261 §12. */
import {
  header,
  headerList,
  field,
  type HeaderField,
  type SipRequest,
  type SipResponse,
} from '../sip/message.ts';
import { defaultPort, isReliable, type SipProtocol } from '../sip/flow.ts';
import { formatHostPort, parseCSeq, parseNameAddr, parseUri, tagOf } from '../sip/headers.ts';
import { newTag } from '../sip/ids.ts';

export type Transport = SipProtocol;

/** Where the next hop is. */
export interface Hop {
  protocol: Transport;
  host: string;
  port: number;
}

export interface InviteOptions {
  /** A number, or a whole `sip:` URI. */
  to: string;
  from: string;
  server: { host: string; port: number };
  local: { host: string; port: number };
  transport: Transport;
  callId: string;
  /** More headers, by name. */
  headers?: Readonly<Record<string, string>>;
  /** Empty lets the peer make the offer. */
  sdp: string;
}

/** What this telephone does in a dialog. */
export const ALLOW = field('Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO');

/** What describes its media. */
export const SDP_TYPE = field('Content-Type', 'application/sdp');

/** An INVITE, complete but for its Via. */
export function createInvite(options: InviteOptions): SipRequest {
  const { server, local, transport } = options;
  const at = (user: string, place: string) =>
    user.startsWith('sip:') ? user : `sip:${user}@${place}`;
  const parameter = isReliable(transport) ? `;transport=${transport}` : '';
  const serverPlace = formatHostPort(server.host, server.port);
  const localPlace = formatHostPort(local.host, local.port);
  const from = at(options.from, localPlace);
  const user = parseUri(from)?.user ?? 'phone';
  return {
    kind: 'request',
    method: 'INVITE',
    uri: at(options.to, `${serverPlace}${parameter}`),
    headers: [
      field('Max-Forwards', '70'),
      field('From', `<${from}>;tag=${newTag()}`),
      field('To', `<${at(options.to, serverPlace)}>`),
      field('Call-ID', options.callId),
      field('CSeq', '1 INVITE'),
      field('Contact', `<sip:${user}@${localPlace}${parameter}>`),
      ALLOW,
      field('User-Agent', 'patchbay-telephone'),
      ...Object.entries(options.headers ?? {}).map(([name, value]) => field(name, value)),
      ...(options.sdp === '' ? [] : [SDP_TYPE]),
    ],
    body: Buffer.from(options.sdp),
  };
}

/** A dialog made by a 2xx to our INVITE. */
export class Dialog {
  readonly localTag: string;
  readonly remoteTag: string;
  readonly #invite: SipRequest;
  readonly #remote: string;
  readonly #routes: string[];
  readonly #invited: Hop;
  #target: string;
  #sequence: number;
  #remoteSequence = -1;

  /** @param invited where the INVITE was sent */
  constructor(invite: SipRequest, response: SipResponse, invited: Hop) {
    this.#invite = invite;
    this.#invited = invited;
    this.#remote = header(response, 'to') ?? '';
    this.localTag = tagOf(header(invite, 'from') ?? '') ?? '';
    this.remoteTag = tagOf(this.#remote) ?? '';
    this.#target = contactOf(response) ?? invite.uri;
    // §12.1.2: the route set is the Record-Route of the answer, backwards.
    this.#routes = headerList(response, 'record-route').reverse();
    this.#sequence = parseCSeq(header(invite, 'cseq') ?? '')?.sequence ?? 1;
  }

  /** Does a request of the peer belong to this dialog? */
  matches(request: SipRequest): boolean {
    return (
      tagOf(header(request, 'from') ?? '') === this.remoteTag &&
      tagOf(header(request, 'to') ?? '') === this.localTag
    );
  }

  /** @returns false for a request older than one already seen (§12.2.2: answer 500) */
  accept(request: SipRequest): boolean {
    const sequence = parseCSeq(header(request, 'cseq') ?? '')?.sequence ?? 0;
    if (sequence < this.#remoteSequence) return false;
    this.#remoteSequence = sequence;
    return true;
  }

  /** A target refresh (re-INVITE, UPDATE) or its answer may move the peer's contact. */
  refreshTarget(message: SipRequest | SipResponse): void {
    this.#target = contactOf(message) ?? this.#target;
  }

  /**
   * The ACK of a 2xx (§13.2.2.4), by default to the INVITE that made the dialog.
   * @param answer to the offer in the 2xx, where the INVITE had none
   */
  ack(answer = '', invite = this.#invite): SipRequest {
    const { sequence = 1 } = parseCSeq(header(invite, 'cseq') ?? '') ?? {};
    if (answer === '') return this.#build('ACK', sequence, []);
    return this.#build('ACK', sequence, [SDP_TYPE], Buffer.from(answer));
  }

  request(method: string, headers: readonly HeaderField[] = [], body?: Buffer): SipRequest {
    return this.#build(method, ++this.#sequence, headers, body);
  }

  /** Where requests go: the first route, else the peer's contact. */
  nextHop(): Hop {
    const route = this.#routes[0];
    const uri = parseUri(route === undefined ? this.#target : (parseNameAddr(route)?.uri ?? ''));
    if (!uri) return this.#invited;
    const named = uri.params.get('transport')?.toLowerCase();
    const known = named === 'tcp' || named === 'udp' || named === 'tls';
    const protocol = known ? named : this.#invited.protocol;
    return { protocol, host: uri.host, port: uri.port ?? defaultPort(protocol) };
  }

  #build(
    method: string,
    sequence: number,
    headers: readonly HeaderField[],
    body?: Buffer,
  ): SipRequest {
    const { uri, routes } = this.#routing();
    return {
      kind: 'request',
      method,
      uri,
      headers: [
        field('Max-Forwards', '70'),
        ...routes.map((route) => field('Route', route)),
        field('From', header(this.#invite, 'from') ?? ''),
        field('To', this.#remote),
        field('Call-ID', header(this.#invite, 'call-id') ?? ''),
        field('CSeq', `${sequence} ${method}`),
        field('Contact', header(this.#invite, 'contact') ?? ''),
        ...headers,
      ],
      body: body ?? Buffer.alloc(0),
    };
  }

  /** §12.2.1.1: a first route without `lr` is a strict router, which wants itself as the Request-URI. */
  #routing(): { uri: string; routes: string[] } {
    const [first, ...rest] = this.#routes;
    const firstUri = first === undefined ? undefined : parseNameAddr(first)?.uri;
    if (firstUri === undefined || parseUri(firstUri)?.params.has('lr') !== false) {
      return { uri: this.#target, routes: this.#routes };
    }
    return { uri: firstUri, routes: [...rest, `<${this.#target}>`] };
  }
}

function contactOf(message: SipRequest | SipResponse): string | undefined {
  const [contact] = headerList(message, 'contact');
  return contact === undefined ? undefined : parseNameAddr(contact)?.uri;
}
