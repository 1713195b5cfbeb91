import Srf from 'drachtio-srf';
import type { Visitor } from './doorman.ts';
import type { Invite } from './leg.ts';
import type { Trunk } from './trunk.ts';

/** Read an INVITE. Never throws: what can't be read is said in `malformed`. */
export function readInvite(request: Srf.SrfRequest, trunks: readonly Trunk[]): Invite {
  let malformed: string | undefined;
  let caller: { user: string; host: string } = { user: '', host: '' };
  let calledUser = '';
  try {
    caller = userAndHost(request.getParsedHeader('From').uri);
  } catch {
    malformed = 'the From header can not be read';
  }
  try {
    calledUser = userAndHost(request.uri).user;
  } catch {
    malformed = 'the Request-URI can not be read';
  }
  // Without Contact no dialog can be made (RFC 3261 §8.1.1.8).
  if (!request.has('Contact')) malformed = 'the Contact header is missing';
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  return {
    sipCallId: headerOf(request, 'Call-ID'),
    transport: request.protocol || 'unknown',
    peer: `${request.source_address}:${request.source_port}`,
    trunks,
    calledUser,
    callerUser: caller.user,
    callerHost: caller.host,
    headers: Object.fromEntries(headers) as Record<string, string>,
    offer: sdpOf(request),
    malformed,
    receivedAtMs: Date.now(),
  };
}

/** What the doorman looks at. Never throws. */
export function readVisitor(request: Srf.SrfRequest): Visitor {
  let calledUser = '';
  try {
    calledUser = userAndHost(request.uri).user;
  } catch {
    // It is told so as a call, if the doorman lets it in.
  }
  return {
    method: request.method,
    address: request.source_address,
    transport: request.protocol,
    userAgent: headerOf(request, 'User-Agent'),
    calledUser,
    authorization: headerOf(request, 'Authorization'),
  };
}

const SDP_TYPE = 'application/sdp';

/** The SDP of a message, also out of a multipart body; empty if there is none. */
export function sdpOf(message: Srf.SipMessage): string {
  const part = message.payload?.find((entry) => entry.type === SDP_TYPE);
  if (part?.content !== undefined) return part.content;
  const type = bodyType(message);
  return type === '' || type === SDP_TYPE ? (message.body ?? '') : '';
}

/** Has it a body, and none of it is SDP? */
export function hasForeignBody(message: Srf.SipMessage): boolean {
  return (message.body ?? '').trim() !== '' && sdpOf(message).trim() === '';
}

function bodyType(message: Srf.SipMessage): string {
  return (headerOf(message, 'Content-Type').split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** A header, empty if it is not there. */
export function headerOf(message: Srf.SipMessage, name: string): string {
  return message.has(name) ? message.get(name) : '';
}

/** @throws if the URI can't be parsed */
function userAndHost(uri: string): { user: string; host: string } {
  const parsed = Srf.parseUri(uri) as ReturnType<typeof Srf.parseUri> | undefined;
  if (!parsed) throw new Error('not a SIP URI');
  return { user: decode(parsed.user ?? ''), host: parsed.host ?? '' };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
