/** Dialogs, RFC 3261 §12: what both ends of a call agreed on, and requests within it. */
import type { AcceptedAnswer } from '../../sip/accepted-answer.ts';
import type { Flow } from '../../sip/flow.ts';
import { parseCSeq, parseNameAddr, parseUri, tagOf } from '../../sip/headers.ts';
import {
  field,
  header,
  headerList,
  type HeaderField,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../sip/message.ts';
import type { App } from '../app/server.ts';

export type DialogState =
  | 'early' // not answered yet
  | 'confirmed'
  | 'ended'; // BYE is on its way; kept so that a crossing BYE finds it

/** `<Call-ID>;from-tag=<From tag of the INVITE that made it>`, as drachtio-srf builds it too. */
export function dialogId(callId: string, fromTag: string): string {
  return `${callId};from-tag=${fromTag}`;
}

/** Where a request goes: the wanted address, and the request-URI and Route headers that lead there. */
export interface Destination {
  uri: string;
  routes: readonly string[];
  /** URI of the next hop. */
  nextHop: string;
}

export class Dialog {
  readonly id: string;
  readonly kind: 'call' | 'subscription';
  readonly app: App;
  readonly callId: string;
  /** Our From (or To) value with our tag. */
  readonly local: string;
  readonly localTag: string;
  /** Theirs, with their tag. */
  readonly remote: string;
  readonly remoteTag: string;
  state: DialogState = 'early';
  remoteTarget: string;
  routes: readonly string[];
  /** Last CSeq we used. */
  localSequence: number;
  /** Last CSeq they used, -1 if none yet. */
  remoteSequence: number;
  /** How their last request reached us, or ours them. */
  flow: Flow;
  /** Our 2xx to their INVITEs that have no ACK yet, by CSeq. */
  readonly unacknowledged = new Map<number, AcceptedAnswer>();
  /** The INVITE that made this dialog, if they sent it. */
  firstInvite: { sequence: number; transactionId: string } | undefined;
  /** Our ACKs for their 2xx, by CSeq, to be sent again for each copy. */
  readonly acknowledgements = new Map<number, Buffer | 'wanted'>();
  /** To be done when the last unacknowledged 2xx is settled: a BYE must not overtake the ACK. */
  readonly afterAck: (() => void)[] = [];
  /** An INVITE of ours within the dialog has no final response yet (RFC 3261 §14.2). */
  invitePending = false;
  /** When the session must be refreshed (RFC 4028). */
  sessionTimer: { weRefresh: boolean; timeout: NodeJS.Timeout } | undefined;
  /** What the application said last, for refreshes. */
  localSdp: Buffer = Buffer.alloc(0);
  localContact = '';
  /** BYE at once when it is acknowledged: it was cancelled too late. */
  cancelled = false;

  constructor(parts: {
    app: App;
    kind: 'call' | 'subscription';
    callId: string;
    fromTag: string;
    local: string;
    remote: string;
    remoteTarget: string;
    routes: readonly string[];
    localSequence: number;
    remoteSequence: number;
    flow: Flow;
  }) {
    this.id = dialogId(parts.callId, parts.fromTag);
    this.app = parts.app;
    this.kind = parts.kind;
    this.callId = parts.callId;
    this.local = parts.local;
    this.localTag = tagOf(parts.local) ?? '';
    this.remote = parts.remote;
    this.remoteTag = tagOf(parts.remote) ?? '';
    this.remoteTarget = parts.remoteTarget;
    this.routes = parts.routes;
    this.localSequence = parts.localSequence;
    this.remoteSequence = parts.remoteSequence;
    this.flow = parts.flow;
  }

  /** The dialog of a call we were offered, from our first response with a tag (§12.1.1). */
  static ofUas(app: App, request: SipRequest, response: SipResponse, flow: Flow): Dialog {
    const from = header(request, 'from') ?? '';
    return new Dialog({
      app,
      kind: request.method === 'SUBSCRIBE' ? 'subscription' : 'call',
      callId: header(request, 'call-id') ?? '',
      fromTag: tagOf(from) ?? '',
      local: header(response, 'to') ?? '',
      remote: from,
      remoteTarget: contactUri(request) ?? '',
      routes: headerList(request, 'record-route'),
      localSequence: sequenceOf(request), // any number will do; theirs makes traces easy to read
      remoteSequence: sequenceOf(request),
      flow,
    });
  }

  /** The dialog of a call we placed, from the first response with a tag (§12.1.2). */
  static ofUac(app: App, request: SipRequest, response: SipResponse, flow: Flow): Dialog {
    const from = header(request, 'from') ?? '';
    return new Dialog({
      app,
      kind: request.method === 'SUBSCRIBE' ? 'subscription' : 'call',
      callId: header(request, 'call-id') ?? '',
      fromTag: tagOf(from) ?? '',
      local: from,
      remote: header(response, 'to') ?? '',
      remoteTarget: contactUri(response) ?? request.uri,
      routes: headerList(response, 'record-route').reverse(),
      localSequence: sequenceOf(request),
      remoteSequence: -1,
      flow,
    });
  }

  /** Remember our side of a request or 2xx that went out. */
  said(message: SipMessage): void {
    this.localContact = headerList(message, 'contact')[0] ?? this.localContact;
    const type = header(message, 'content-type') ?? '';
    if (/^application\/sdp\b/i.test(type)) this.localSdp = message.body;
  }

  /** A Contact in a request or 2xx that may move the far end (§12.2). */
  refreshTarget(message: SipMessage): void {
    this.remoteTarget = contactUri(message) ?? this.remoteTarget;
  }

  /** The way to the remote target: loose routing, or strict if the first route knows no `lr`. */
  destination(): Destination {
    const { remoteTarget, routes } = this;
    const first = parseNameAddr(routes[0] ?? '');
    if (!first) return { uri: remoteTarget, routes: [], nextHop: remoteTarget };
    if (parseUri(first.uri)?.params.has('lr'))
      return { uri: remoteTarget, routes, nextHop: first.uri };
    return {
      uri: first.uri,
      routes: [...routes.slice(1), `<${remoteTarget}>`],
      nextHop: first.uri,
    };
  }

  /**
   * A request within the dialog, complete but for Via and Content-Length (§12.2.1.1).
   * @param sequence for ACK: that of the INVITE; else the next one is taken
   */
  createRequest(
    method: string,
    more: readonly HeaderField[],
    body: Buffer,
    sequence?: number,
  ): SipRequest {
    const { uri, routes } = this.destination();
    const number = sequence ?? ++this.localSequence;
    return {
      kind: 'request',
      method,
      uri,
      headers: [
        field('Max-Forwards', '70'),
        ...routes.map((route) => field('Route', route)),
        field('From', this.local),
        field('To', this.remote),
        field('Call-ID', this.callId),
        field('CSeq', `${number} ${method}`),
        ...more,
      ],
      body,
    };
  }

  /** The ACK of a 2xx of ours came, or none will come any more. */
  settle(sequence: number): void {
    this.unacknowledged.get(sequence)?.stop();
    this.unacknowledged.delete(sequence);
    if (this.unacknowledged.size > 0) return;
    for (const action of this.afterAck.splice(0)) action();
  }
}

/** URI of the first Contact. */
export function contactUri(message: SipMessage): string | undefined {
  return parseNameAddr(headerList(message, 'contact')[0] ?? '')?.uri;
}

/** RFC 6665 §4.1.3. */
export function endsSubscription(notify: SipRequest): boolean {
  return /^\s*terminated/i.test(header(notify, 'subscription-state') ?? '');
}

export function sequenceOf(message: SipMessage): number {
  return parseCSeq(header(message, 'cseq') ?? '')?.sequence ?? 0;
}
