/**
 * The header values that a user agent must understand (RFC 3261 §20): Via, From, To, Contact,
 * Route, CSeq and SIP URIs. Parsers never throw: they return undefined for what can't be read.
 */

/** Parameters after `;`: lower-case name to value, '' for a flag such as `lr`. */
export type Params = ReadonlyMap<string, string>;

/** One Via entry, RFC 3261 §20.42. */
export interface Via {
  /** `UDP`, `TCP`, … in upper case. */
  transport: string;
  host: string;
  port?: number;
  params: Params;
}

/** From, To, Contact, Route and their like: `"Ann" <sip:a@b>;tag=x`. */
export interface NameAddr {
  display: string;
  uri: string;
  params: Params;
}

/** RFC 3261 §19.1.1. */
export interface SipUri {
  scheme: 'sip' | 'sips';
  user: string;
  /** IPv6 without brackets. */
  host: string;
  port?: number;
  params: Params;
}

export interface CSeq {
  sequence: number;
  method: string;
}

/** RFC 3261 §8.1.1.5: sequence numbers stay under 2^31. */
export const MAX_CSEQ = 2 ** 31 - 1;
const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;

/** Is this a token of RFC 3261 §25.1 (a method, a header's name)? */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Split at `separator` outside of quotes and angle brackets; parts are trimmed. */
export function splitOutside(text: string, separator: ',' | ';'): string[] {
  if (!text.includes(separator)) return [text.trim()];
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '<') depth++;
    else if (c === '>') depth = Math.max(0, depth - 1);
    else if (c === separator && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

function parseParams(parts: readonly string[]): Params {
  const params = new Map<string, string>();
  for (const part of parts) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    // The first one counts: a second `tag` or `branch` must not hide it.
    if (!params.has(name)) params.set(name, equals < 0 ? '' : part.slice(equals + 1).trim());
  }
  return params;
}

function formatParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) text += value === '' ? `;${name}` : `;${name}=${value}`;
  return text;
}

function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`. */
function parseHostPort(text: string): { host: string; port?: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?:\s*:\s*(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (!match || host === undefined) return undefined;
  if (match[3] === undefined) return { host };
  const port = parsePort(match[3]);
  return port === undefined ? undefined : { host, port };
}

/** `host:port`, with brackets round an IPv6 address; without a port just the host. */
export function formatHostPort(host: string, port?: number): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? shown : `${shown}:${port}`;
}

/** One Via entry; for a whole header line, take it apart with {@link splitOutside} first. */
export function parseVia(value: string): Via | undefined {
  const [head = '', ...rest] = splitOutside(value, ';');
  const match = /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9-]+)\s+(\S.*)$/i.exec(head);
  const transport = match?.[1];
  const sentBy = match?.[2] === undefined ? undefined : parseHostPort(match[2].trim());
  if (transport === undefined || sentBy === undefined) return undefined;
  return { transport: transport.toUpperCase(), ...sentBy, params: parseParams(rest) };
}

export function formatVia(via: Via): string {
  return `SIP/2.0/${via.transport} ${formatHostPort(via.host, via.port)}${formatParams(via.params)}`;
}

/** From, To, Contact, Route, Record-Route. `*` (Contact of REGISTER) gives undefined. */
export function parseNameAddr(value: string): NameAddr | undefined {
  const [head = '', ...rest] = splitOutside(value, ';');
  const bracket = /^((?:"(?:[^"\\]|\\.)*"|[^<"]*)\s*)<([^<>]*)>$/.exec(head);
  if (bracket) {
    const uri = (bracket[2] ?? '').trim();
    if (uri === '' || /\s/.test(uri)) return undefined;
    return { display: unquote((bracket[1] ?? '').trim()), uri, params: parseParams(rest) };
  }
  // Without brackets every parameter belongs to the header, not to the URI (§20.10).
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"]+$/.test(head)) return undefined;
  return { display: '', uri: head, params: parseParams(rest) };
}

function unquote(text: string): string {
  return text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replace(/\\(.)/g, '$1')
    : text;
}

export function formatNameAddr(address: NameAddr): string {
  const display = address.display.replace(/["\\]/g, '\\$&');
  return `${display === '' ? '' : `"${display}" `}<${address.uri}>${formatParams(address.params)}`;
}

/** The `tag` of a From or To value. */
export function tagOf(value: string): string | undefined {
  const tag = parseNameAddr(value)?.params.get('tag');
  return tag === '' ? undefined : tag;
}

export function parseCSeq(value: string): CSeq | undefined {
  const match = /^(\d{1,10})\s+(\S+)$/.exec(value.trim());
  const sequence = Number(match?.[1]);
  const method = match?.[2];
  if (method === undefined || !isToken(method) || sequence > MAX_CSEQ) return undefined;
  return { sequence, method };
}

/** A `sip:` or `sips:` URI; undefined for other schemes and for what can't be read. */
export function parseUri(uri: string): SipUri | undefined {
  const match = /^(sips?):([^?]*)(?:\?.*)?$/i.exec(uri);
  if (match?.[1] === undefined || match[2] === undefined || /[\s<>"]/.test(uri)) return undefined;
  // The user part may hold `;` (telephone-subscriber), so the last `@` divides.
  const at = match[2].lastIndexOf('@');
  const [hostPort = '', ...rest] = match[2].slice(at + 1).split(';');
  const place = parseHostPort(hostPort);
  if (!place) return undefined;
  return {
    scheme: match[1].toLowerCase() === 'sips' ? 'sips' : 'sip',
    user: at < 0 ? '' : match[2].slice(0, at),
    ...place,
    params: parseParams(rest),
  };
}
