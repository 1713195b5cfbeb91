/** A request outside any dialog, made from what the application gave (RFC 3261 §8.1.1). */
import { randomInt } from 'node:crypto';
import type { SipEndpoint } from '../../sip/endpoint.ts';
import { defaultPort, type Flow, type SipProtocol } from '../../sip/flow.ts';
import { formatHostPort, parseCSeq, parseNameAddr, parseUri, tagOf } from '../../sip/headers.ts';
import { newCallId, newTag } from '../../sip/ids.ts';
import { field, header, type SipRequest } from '../../sip/message.ts';
import {
  appHeaders,
  guessContentType,
  ownContact,
  withoutLocalhost,
  type Place,
} from './compose.ts';

/** Methods that an application may send outside of dialogs. */
export const NEW_REQUEST_METHODS: ReadonlySet<string> = new Set([
  'INVITE',
  'OPTIONS',
  'REGISTER',
  'MESSAGE',
  'INFO',
  'NOTIFY',
  'SUBSCRIBE',
  'PUBLISH',
  'REFER',
]);

/** How to get to a URI. */
export type NextHop = { protocol: SipProtocol; host: string; port: number };

/**
 * @param unlessSaid the protocol if the URI names none
 * @returns why not, in the words of drachtio-server, if it can't be reached
 */
export function nextHop(uri: string, unlessSaid: SipProtocol = 'udp'): NextHop | string {
  const parsed = parseUri(uri);
  if (!parsed) return `invalid request-uri: ${uri.slice(0, 200)}`;
  const named = parsed.params.get('transport')?.toLowerCase() ?? unlessSaid;
  // RFC 3261 §26.2.2: the transport of a sips URI says what TLS runs over.
  const protocol = parsed.scheme === 'sips' ? 'tls' : named;
  if (protocol !== 'udp' && protocol !== 'tcp' && protocol !== 'tls') {
    return 'requested protocol/transport not available';
  }
  return { protocol, host: parsed.host, port: parsed.port ?? defaultPort(protocol) };
}

/** @returns the complete request (but for Via) and its way, or why it can't be sent */
export function composeNewRequest(
  draft: SipRequest,
  proxy: string | undefined,
  endpoint: SipEndpoint,
): { request: SipRequest; flow: Flow } | string {
  const invalid = `invalid request-uri: ${draft.method} ${draft.uri.slice(0, 200)} SIP/2.0`;
  if (!NEW_REQUEST_METHODS.has(draft.method)) return invalid;
  if (proxy === undefined && !parseUri(draft.uri)) return invalid;
  const hop = nextHop(proxyUri(proxy) ?? draft.uri);
  if (typeof hop === 'string') return hop;
  if (hop.protocol === 'tls' && endpoint.tlsPort === undefined) {
    return 'requested protocol/transport not available';
  }
  const ownPort = hop.protocol === 'tls' ? endpoint.tlsPort : endpoint.port;
  if (hop.port === ownPort && (hop.host === endpoint.host || hop.host === 'localhost')) {
    return 'can not send request to myself';
  }
  const typed = guessContentType(draft);
  if (!typed) return 'missing content-type';
  const from = ownAddress(header(draft, 'from'), endpoint);
  if (from === undefined) return 'invalid From';
  const to = withoutLocalhost(header(draft, 'to') ?? `<${draft.uri}>`, endpoint);
  if (!parseNameAddr(to)) return 'invalid To';
  const flow = endpoint.flowTo(hop.protocol, hop.host, hop.port);
  const more = appHeaders(draft, endpoint, ['from', 'to', 'call-id', 'cseq', 'max-forwards']);
  const needsContact = draft.method === 'INVITE' || draft.method === 'SUBSCRIBE';
  if (needsContact && !more.some(({ key }) => key === 'contact')) {
    more.unshift(field('Contact', ownContact(endpoint, flow)));
  }
  const given = parseCSeq(header(draft, 'cseq') ?? '');
  const sequence = given?.method === draft.method ? given.sequence : randomInt(1, 2 ** 20);
  const request: SipRequest = {
    kind: 'request',
    method: draft.method,
    uri: withoutLocalhost(draft.uri, endpoint),
    headers: [
      field('Max-Forwards', header(draft, 'max-forwards') ?? '70'),
      field('From', from),
      field('To', to),
      field('Call-ID', header(draft, 'call-id') ?? newCallId()),
      field('CSeq', `${sequence} ${draft.method}`),
      ...more,
      ...typed,
    ],
    body: draft.body,
  };
  return { request, flow };
}

/** `host:port` is enough for a proxy. */
function proxyUri(proxy: string | undefined): string | undefined {
  if (proxy === undefined) return undefined;
  return /^sips?:/i.test(proxy) ? proxy : `sip:${proxy}`;
}

/** From with a tag; a bare URI gets brackets. */
function ownAddress(given: string | undefined, place: Place): string | undefined {
  const value = withoutLocalhost(given ?? `<sip:${formatHostPort(place.host, place.port)}>`, place);
  const parsed = parseNameAddr(value);
  if (!parsed) return undefined;
  if (tagOf(value) !== undefined) return value;
  return `${value.includes('<') ? value : `<${parsed.uri}>`};tag=${newTag()}`;
}
