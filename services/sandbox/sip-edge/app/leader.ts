/**
 * The frames of drachtio's application protocol: `msgid|type|field|…`, then, for some, CRLF and a
 * SIP message. Parsing never throws; fields are positional, so trailing empty ones are written.
 */
import { randomUUID } from 'node:crypto';
import {
  serialize,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../sip/message.ts';
import type { SipProtocol } from '../../sip/flow.ts';
import { parseDraft } from '../../sip/parse.ts';

/** What an application asks for. */
export type AppFrame =
  | { type: 'authenticate'; id: string; secret: string }
  | { type: 'ping'; id: string }
  | { type: 'proxy'; id: string }
  | { type: 'route' | 'remove_route'; id: string; verb: string }
  | { type: 'respond'; id: string; transactionId: string; message: SipResponse }
  | { type: 'request'; id: string; proxy?: string; message: SipRequest }
  | { type: 'request-in-dialog'; id: string; dialogId: string; message: SipRequest }
  | { type: 'cancel'; id: string; transactionId: string; message: SipRequest }
  /** The SIP message in it can't be used: answer NOK, go on. */
  | { type: 'unusable'; id: string; reason: string }
  /** Not the protocol: answer NO, close. */
  | { type: 'broken'; id: string; reason: string };

/** Where a message came from or went to. */
export interface Meta {
  source: 'network' | 'application';
  bytes: number;
  protocol: SipProtocol;
  address: string;
  port: number;
  time: Date;
}

/** What the edge tells an application. */
export type EdgeFrame =
  | { type: 'ok'; to: string; fields?: readonly string[] }
  | { type: 'nok'; to: string; reason: string }
  | { type: 'no'; to: string; reason: string }
  | { type: 'sent-request'; to: string; meta: Meta; transactionId: string; message: SipRequest }
  | {
      type: 'sent-response';
      to: string;
      meta: Meta;
      transactionId: string;
      dialogId: string;
      message: SipResponse;
    }
  | {
      type: 'sip';
      meta: Meta;
      transactionId: string;
      dialogId: string;
      /** Only with new requests. */
      receivedOn?: { host: string; port: number };
      message: SipMessage;
    };

/** Read a payload as the application wrote it. */
export function parseAppFrame(payload: Buffer): AppFrame {
  const lineEnd = payload.indexOf('\r\n');
  const leader = payload.toString('utf8', 0, lineEnd < 0 ? payload.length : lineEnd);
  const [id = '', type, ...fields] = leader.split('|');
  if (type === undefined || id === '')
    return { type: 'broken', id, reason: 'Invalid message format' };
  const [first = ''] = fields;
  switch (type) {
    case 'authenticate':
      return { type, id, secret: first };
    case 'ping':
    case 'proxy':
      return { type, id };
    case 'route':
    case 'remove_route':
      if (first === '') return { type: 'broken', id, reason: 'Invalid message format' };
      return { type, id, verb: first.toLowerCase() };
    case 'sip':
      if (fields.length < 2 || lineEnd < 0) {
        return { type: 'broken', id, reason: 'Invalid message format' };
      }
      return parseSipFrame(id, fields, payload.subarray(lineEnd + 2));
    default:
      return { type: 'broken', id, reason: 'Unknown message type' };
  }
}

/** Headers of which an application writes one at most; a second one was smuggled in. */
const SINGLE = new Set([
  'from',
  'to',
  'call-id',
  'cseq',
  'contact',
  'content-type',
  'max-forwards',
  'reason',
]);

function parseSipFrame(id: string, fields: readonly string[], data: Buffer): AppFrame {
  const [transactionId = '', dialogId = '', proxy = ''] = fields;
  const message = parseDraft(data);
  if (message.kind === 'fault') {
    const line = data.toString('utf8', 0, Math.max(0, data.indexOf('\r\n')));
    const reason =
      message.fault === 'bad-start-line' && !line.startsWith('SIP/')
        ? `invalid request-uri: ${line.slice(0, 200)}`
        : `message refused, ${message.fault}: ${message.detail}`;
    return { type: 'unusable', id, reason: reason.replace(/[|\r\n]/g, ' ') };
  }
  const smuggled = findSmuggled(message);
  if (smuggled) return { type: 'unusable', id, reason: `message refused, ${smuggled}` };
  if (message.kind === 'response') {
    if (transactionId !== '') return { type: 'respond', id, transactionId, message };
    return { type: 'broken', id, reason: 'transaction id missing' };
  }
  if (dialogId !== '') return { type: 'request-in-dialog', id, dialogId, message };
  if (transactionId === '') {
    return { type: 'request', id, message, ...(proxy === '' ? {} : { proxy }) };
  }
  if (message.method === 'CANCEL') return { type: 'cancel', id, transactionId, message };
  return { type: 'unusable', id, reason: 'only CANCEL may name a transaction of its own' };
}

/**
 * drachtio-srf does not look for line breaks in header values. What they smuggle in shows as a
 * header given twice, or as a body that is not as long as the application thinks.
 */
function findSmuggled(message: SipMessage): string | undefined {
  const seen = new Set<string>();
  for (const { key, name } of message.headers) {
    if (SINGLE.has(key) && seen.has(key)) return `${name} is given twice`;
    seen.add(key);
  }
  const lengths = message.headers.filter((h) => h.key === 'content-length').map((h) => h.value);
  // It counts UTF-16 units, other clients bytes.
  const { body } = message;
  const right = [String(body.length), String(body.toString('utf8').length)];
  if (lengths.length > 0 ? lengths.some((l) => right.includes(l)) : body.length === 0)
    return undefined;
  return `Content-Length does not match the ${body.length} bytes of body`;
}

/** The payload for a frame; its own id is a new UUID. */
export function formatEdgeFrame(frame: EdgeFrame): Buffer {
  const id = randomUUID();
  switch (frame.type) {
    case 'ok':
      return Buffer.from([id, 'response', frame.to, 'OK', ...(frame.fields ?? [])].join('|'));
    case 'nok':
    case 'no': {
      const text = frame.reason.replace(/[|\r\n]/g, ' ');
      return Buffer.from([id, 'response', frame.to, frame.type.toUpperCase(), text].join('|'));
    }
    case 'sent-request': {
      const fields = [...formatMeta(frame.meta), frame.transactionId, 'Msg sent:', ''];
      return withMessage([id, 'response', frame.to, 'OK', ...fields], frame.message);
    }
    case 'sent-response': {
      const ids = [frame.transactionId, frame.dialogId];
      const fields = [...formatMeta(frame.meta), ...ids, '', 'Msg sent:', ''];
      return withMessage([id, 'response', frame.to, 'OK', ...fields], frame.message);
    }
    case 'sip': {
      const on = frame.receivedOn ? [frame.receivedOn.host, String(frame.receivedOn.port)] : [];
      const fields = [...formatMeta(frame.meta), frame.transactionId, frame.dialogId, ...on, ''];
      return withMessage([id, 'sip', ...fields], frame.message);
    }
  }
}

function withMessage(fields: readonly string[], message: SipMessage): Buffer {
  return Buffer.concat([Buffer.from(`${fields.join('|')}\r\n`), serialize(message)]);
}

function formatMeta(meta: Meta): string[] {
  // HH:MM:SS.uuuuuu; the clock has milliseconds.
  const time = `${meta.time.toISOString().slice(11, 23)}000`;
  return [meta.source, String(meta.bytes), meta.protocol, meta.address, String(meta.port), time];
}
