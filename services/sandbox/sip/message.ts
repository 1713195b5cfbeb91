/**
 * SIP messages, RFC 3261 §7: a start line, headers in the order and case they came, a body of bytes.
 * Reading them from bytes is in parse.ts.
 */
import { isToken, splitOutside } from './headers.ts';

export interface HeaderField {
  /** Lower case, compact forms spelt out: `v` is `via`. */
  readonly key: string;
  /** As written on the wire. */
  readonly name: string;
  /** Unfolded and trimmed. */
  readonly value: string;
}

interface MessageParts {
  headers: HeaderField[];
  body: Buffer;
}
export interface SipRequest extends MessageParts {
  kind: 'request';
  method: string;
  uri: string;
}
export interface SipResponse extends MessageParts {
  kind: 'response';
  status: number;
  reason: string;
}
export type SipMessage = SipRequest | SipResponse;

const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
};
const ODD_CASE: Readonly<Record<string, string>> = {
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  'www-authenticate': 'WWW-Authenticate',
  'mime-version': 'MIME-Version',
  'min-se': 'Min-SE',
  rack: 'RAck',
  rseq: 'RSeq',
  'sip-etag': 'SIP-ETag',
  'sip-if-match': 'SIP-If-Match',
};
/** `call-id` for `Call-ID` and for `i`. */
export function headerKey(name: string): string {
  const lower = name.toLowerCase();
  return lower.length === 1 ? (COMPACT[lower] ?? lower) : lower;
}

/** `Content-Type` for `content-type`, `Call-ID` for `call-id`. */
export function canonicalName(name: string): string {
  const key = headerKey(name);
  return ODD_CASE[key] ?? key.replace(/(^|-)([a-z])/g, (part) => part.toUpperCase());
}

/** Make a header; the name is written as given. */
export function field(name: string, value: string): HeaderField {
  return { key: headerKey(name), name, value };
}

/** First value of a header, by any spelling of its name. */
export function header(message: SipMessage, name: string): string | undefined {
  const key = headerKey(name);
  return message.headers.find((h) => h.key === key)?.value;
}

/** All values of a list header (Via, Route, Contact, …), comma lists taken apart, in order. */
export function headerList(message: SipMessage, name: string): string[] {
  const key = headerKey(name);
  return message.headers.filter((h) => h.key === key).flatMap((h) => splitOutside(h.value, ','));
}

/** Replace a header where it stands, or append it. Further ones of that name are removed. */
export function setHeader(message: SipMessage, name: string, value: string): void {
  const key = headerKey(name);
  const at = message.headers.findIndex((h) => h.key === key);
  if (at < 0) {
    message.headers.push(field(name, value));
    return;
  }
  const kept = message.headers[at];
  message.headers[at] = field(kept?.name ?? name, value);
  message.headers = message.headers.filter((h, i) => h.key !== key || i === at);
}

export function removeHeader(message: SipMessage, name: string): void {
  const key = headerKey(name);
  message.headers = message.headers.filter((h) => h.key !== key);
}

/** The topmost Via value (one entry, even if the line holds a list). */
export function topVia(message: SipMessage): string | undefined {
  const line = header(message, 'via');
  return line === undefined ? undefined : splitOutside(line, ',')[0];
}

/** Put another value in the place of the topmost Via entry. */
export function replaceTopVia(message: SipMessage, value: string): void {
  const at = message.headers.findIndex((h) => h.key === 'via');
  const line = message.headers[at];
  if (!line) return;
  const rest = splitOutside(line.value, ',').slice(1);
  message.headers[at] = { ...line, value: [value, ...rest].join(', ') };
}

const INJECTION = /[\r\n\0]/;

/**
 * Bytes for the wire. Content-Length is counted here, whatever the headers say.
 * @throws {Error} if the start line, a header's name or its value would break out of its line
 */
export function serialize(message: SipMessage): Buffer {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  if (INJECTION.test(start)) throw new Error(`start line holds a line break: ${show(start)}`);
  let text = `${start}\r\n`;
  let counted = false;
  for (const { key, name, value } of message.headers) {
    if (key === 'content-length') {
      if (!counted) text += `${name}: ${message.body.length}\r\n`;
      counted = true;
      continue;
    }
    if (!isToken(name)) throw new Error(`header name is not a token: ${show(name)}`);
    if (INJECTION.test(value)) throw new Error(`header ${name} holds a line break: ${show(value)}`);
    text += `${name}: ${value}\r\n`;
  }
  if (!counted) text += `Content-Length: ${message.body.length}\r\n`;
  const head = Buffer.from(`${text}\r\n`);
  return message.body.length === 0 ? head : Buffer.concat([head, message.body]);
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 80)).slice(0, 120);
}
