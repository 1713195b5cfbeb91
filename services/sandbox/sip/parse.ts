/**
 * Reading SIP messages, RFC 3261 §7. Parsing never throws; whatever can't be a SIP message is a
 * {@link ParseFault} to be counted.
 */
import { isToken, parseCSeq, parseNameAddr, parseVia } from './headers.ts';
import {
  canonicalName,
  field,
  header,
  topVia,
  type HeaderField,
  type SipMessage,
  type SipRequest,
} from './message.ts';

export const PARSE_FAULTS = [
  'too-long',
  'no-blank-line',
  'bad-start-line',
  'bad-version',
  'bad-header',
  'too-many-headers',
  'missing-header',
  'repeated-header',
  'bad-via',
  'bad-address',
  'bad-cseq',
  'bad-content-length',
  'body-cut-short',
] as const;

/** Why bytes are not a SIP message. */
export interface ParseFault {
  kind: 'fault';
  fault: (typeof PARSE_FAULTS)[number];
  /** One line for a person; never more than 120 characters of the input. */
  detail: string;
  /** The request as far as it could be read, if it can be answered with 400 (RFC 3261 §21.4.1). */
  answerable?: SipRequest;
}

/** The most one message may hold, the largest UDP datagram. */
export const MAX_MESSAGE_BYTES = 65_535;
/** The most header lines one message may hold. */
export const MAX_HEADERS = 256;

const CONTROL = /[\0\r\n]/;

/** Exactly one of each in every message (§8.1.1). */
const SINGLE = ['from', 'to', 'call-id', 'cseq'];

/**
 * Read one whole message: a UDP datagram, or what `StreamReader` cut from a TCP stream. Bytes after
 * Content-Length are dropped (§18.3); without Content-Length the body is what is left.
 * Line ends may be CRLF or bare LF; folded lines are joined (§7.3.1).
 */
export function parseMessage(data: Buffer): SipMessage | ParseFault {
  const read = readHead(data);
  if ('kind' in read) return read;
  const { message } = read;
  const bad = read.bad ?? readBody(message, read.rest);
  const wrong = checkRequired(message);
  if (wrong) return wrong;
  if (!bad) return message;
  return message.kind === 'request' ? { ...bad, answerable: message } : bad;
}

/**
 * Read a message that an application wrote and that is still to be completed: no header is
 * required, and the body is all that follows the blank line, whatever Content-Length says. Lines
 * must end in CRLF and must not be folded, so that a stray line break in a value is refused.
 */
export function parseDraft(data: Buffer): SipMessage | ParseFault {
  const end = data.indexOf('\r\n\r\n');
  const head = data.toString('utf8', 0, Math.max(end, 0));
  const stray = /\r(?!\n)|(?<!\r)\n|\r\n[ \t]/.exec(head);
  if (end < 0) return fault('no-blank-line', show(data.toString('utf8', 0, 120)));
  if (stray) return fault('bad-header', show(head.slice(Math.max(0, stray.index - 40))));
  const read = readHead(data);
  if ('kind' in read) return read;
  if (read.bad) return read.bad;
  read.message.body = read.rest;
  return read.message;
}

function readHead(
  data: Buffer,
): { message: SipMessage; rest: Buffer; bad: ParseFault | undefined } | ParseFault {
  if (data.length > MAX_MESSAGE_BYTES) return fault('too-long', `${data.length} bytes`);
  // §7.5: empty lines before the start line are ignored.
  let start = 0;
  while (data[start] === 0x0d || data[start] === 0x0a) start++;
  const crlf = data.indexOf('\r\n\r\n', start);
  const lf = crlf < 0 ? data.indexOf('\n\n', start) : -1;
  const headEnd = crlf < 0 ? lf : crlf;
  if (headEnd < 0) return fault('no-blank-line', show(data.toString('utf8', start, start + 120)));
  const lines = data.toString('utf8', start, headEnd).split(/\r?\n/);
  const message = parseStartLine(lines.shift() ?? '');
  if (message.kind === 'fault') return message;
  const bad = readHeaders(lines, message.headers);
  return { message, rest: data.subarray(headEnd + (crlf < 0 ? 2 : 4)), bad };
}

function parseStartLine(line: string): SipMessage | ParseFault {
  const parts = { headers: [], body: Buffer.alloc(0) };
  if (CONTROL.test(line)) return fault('bad-start-line', show(line));
  const response = /^SIP\/(\d+\.\d+) (\d{3})(?: (.*))?$/i.exec(line);
  if (response) {
    const status = Number(response[2]);
    if (response[1] !== '2.0') return fault('bad-version', show(line));
    if (status < 100 || status > 699) return fault('bad-start-line', show(line));
    return { kind: 'response', status, reason: response[3] ?? '', ...parts };
  }
  const request = /^(\S+) (\S+) SIP\/(\d+\.\d+)$/i.exec(line);
  const [, method, uri, version] = request ?? [];
  if (method === undefined || uri === undefined || !isToken(method) || /^<|["<>]/.test(uri)) {
    return fault('bad-start-line', show(line));
  }
  if (version !== '2.0') return fault('bad-version', show(line));
  return { kind: 'request', method, uri, ...parts };
}

function readHeaders(lines: readonly string[], headers: HeaderField[]): ParseFault | undefined {
  let bad: ParseFault | undefined;
  for (const line of lines) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      const last = headers.pop();
      if (last) headers.push({ ...last, value: `${last.value} ${line.trim()}`.trim() });
      else bad ??= fault('bad-header', show(line));
      continue;
    }
    if (headers.length >= MAX_HEADERS) return fault('too-many-headers', `over ${MAX_HEADERS}`);
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd();
    const value = line.slice(colon + 1).trim();
    if (!isToken(name) || CONTROL.test(value)) bad ??= fault('bad-header', show(line));
    else headers.push(field(name, value));
  }
  return bad;
}

function readBody(message: SipMessage, rest: Buffer): ParseFault | undefined {
  const lengths = message.headers.filter((h) => h.key === 'content-length');
  const text = lengths[0]?.value;
  if (text === undefined) {
    message.body = rest;
    return undefined;
  }
  if (!/^\d{1,9}$/.test(text) || lengths.some((h) => h.value !== text)) {
    return fault('bad-content-length', show(lengths.map((h) => h.value).join(', ')));
  }
  if (Number(text) > rest.length) return fault('body-cut-short', `${rest.length} of ${text} bytes`);
  message.body = rest.subarray(0, Number(text));
  return undefined;
}

/** Without these nothing can be answered, so such a fault is never answerable. */
function checkRequired(message: SipMessage): ParseFault | undefined {
  for (const key of SINGLE) {
    const values = message.headers.filter((h) => h.key === key);
    if (values.length === 0) return fault('missing-header', canonicalName(key));
    if (values.length > 1) return fault('repeated-header', canonicalName(key));
    if (values[0]?.value === '') return fault('missing-header', `${canonicalName(key)} is empty`);
  }
  const via = topVia(message);
  if (via === undefined) return fault('missing-header', 'Via');
  if (!parseVia(via)) return fault('bad-via', show(via));
  for (const key of ['from', 'to']) {
    const value = header(message, key) ?? '';
    if (!parseNameAddr(value)) return fault('bad-address', show(`${key}: ${value}`));
  }
  const value = header(message, 'cseq') ?? '';
  const cseq = parseCSeq(value);
  if (!cseq || (message.kind === 'request' && cseq.method !== message.method)) {
    return fault('bad-cseq', show(value));
  }
  return undefined;
}

function fault(name: ParseFault['fault'], detail: string): ParseFault {
  return { kind: 'fault', fault: name, detail };
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 80)).slice(0, 120);
}
