import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  header,
  headerList,
  removeHeader,
  replaceTopVia,
  serialize,
  setHeader,
  type SipMessage,
  type SipRequest,
} from './message.ts';
import { MAX_HEADERS, parseDraft, parseMessage } from './parse.ts';

const HEAD = [
  'INVITE sip:b@h SIP/2.0',
  'Via: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/TCP c',
  'v: SIP/2.0/UDP d',
  'From: <sip:a@h>;tag=1',
  't: <sip:b@h>',
  'i: id@h',
  'CSeq: 1 INVITE',
];
const BODY = 'v=0\r\n';

function bytes(lines: readonly string[] = HEAD, body = ''): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function read(data: Buffer): SipMessage {
  const message = parseMessage(data);
  if (message.kind === 'fault') throw new Error(`${message.fault}: ${message.detail}`);
  return message;
}

describe('reading a message', () => {
  it('keeps order and case of headers and knows compact forms', () => {
    const message = read(bytes(HEAD, BODY));
    expect(message).toMatchObject({ kind: 'request', method: 'INVITE', uri: 'sip:b@h' });
    expect(message.headers.map((h) => h.name)).toEqual(['Via', 'v', 'From', 't', 'i', 'CSeq']);
    expect(header(message, 'Call-ID')).toBe('id@h');
    expect(headerList(message, 'via')).toEqual([
      'SIP/2.0/UDP a;branch=z9hG4bK1',
      'SIP/2.0/TCP c',
      'SIP/2.0/UDP d',
    ]);
    expect(message.body.toString()).toBe(BODY);
  });

  it('joins folded lines, and takes bare LF and empty lines at the start', () => {
    const text = `\r\n\r\n${HEAD.join('\n')}\nSubject: a\n \t b\n\nbody`;
    const message = read(Buffer.from(text));
    expect(header(message, 's')).toBe('a b');
    expect(message.body.toString()).toBe('body');
  });

  it('takes Content-Length for the end of the body and drops what follows', () => {
    expect(read(bytes([...HEAD, 'l: 3'], 'v=0 and more')).body.toString()).toBe('v=0');
  });

  it.each([
    ['no-blank-line', Buffer.from('INVITE sip:b@h SIP/2.0\r\n')],
    ['no-blank-line', Buffer.from('\0\0\0\0\0')],
    ['too-long', Buffer.alloc(65_536, 'x')],
    ['bad-start-line', bytes(['HELLO', ...HEAD.slice(1)])],
    ['bad-start-line', bytes(['GET / HTTP/1.1', ...HEAD.slice(1)])],
    ['bad-start-line', bytes(['INVITE sip:\0 SIP/2.0', ...HEAD.slice(1)])],
    ['bad-start-line', bytes(['SIP/2.0 99 Low', ...HEAD.slice(1)])],
    ['bad-version', bytes(['SIP/7.0 200 OK', ...HEAD.slice(1)])],
    ['bad-header', bytes([...HEAD, 'no colon here'])],
    ['bad-header', bytes([...HEAD, 'bad name: x'])],
    ['bad-header', bytes([...HEAD, 'X: a\0b'])],
    ['bad-header', bytes([...HEAD, 'X: a\rb'])],
    ['bad-header', bytes([HEAD[0]!, ' folded onto nothing', ...HEAD.slice(1)])],
    ['too-many-headers', bytes([...HEAD, ...Array.from({ length: MAX_HEADERS }, () => 'X: 1')])],
    ['missing-header', bytes(HEAD.filter((l) => !l.startsWith('t:')))],
    ['missing-header', bytes(HEAD.map((l) => (l.startsWith('i:') ? 'i:' : l)))],
    ['repeated-header', bytes([...HEAD, 'From: <sip:c@h>'])],
    ['bad-via', bytes([HEAD[0]!, 'Via: rubbish', ...HEAD.slice(3)])],
    ['bad-address', bytes(HEAD.map((l) => l.replace('t: <sip:b@h>', 't: <')))],
    ['bad-cseq', bytes(HEAD.map((l) => l.replace('1 INVITE', '1 BYE')))],
    ['bad-content-length', bytes([...HEAD, 'Content-Length: -1'])],
    ['bad-content-length', bytes([...HEAD, 'Content-Length: 1', 'l: 2'], 'xx')],
    ['body-cut-short', bytes([...HEAD, 'Content-Length: 9'], 'xx')],
  ])('names the fault: %s (%#)', (fault, data) => {
    expect(parseMessage(data)).toMatchObject({ kind: 'fault', fault });
  });

  it('keeps a faulty request that can still be answered', () => {
    const fault = parseMessage(bytes([...HEAD, 'rubbish']));
    expect(fault).toMatchObject({ fault: 'bad-header', answerable: { method: 'INVITE' } });
    expect(parseMessage(bytes(HEAD.slice(0, 4)))).not.toHaveProperty('answerable');
  });

  it('shows at most 120 characters of what came', () => {
    const fault = parseMessage(bytes([`X ${'\u0001'.repeat(500)}`]));
    expect(fault.kind === 'fault' && fault.detail.length).toBeLessThanOrEqual(120);
  });
});

describe('an unfinished message of an application', () => {
  it('needs no headers and has all the rest as body', () => {
    const draft = parseDraft(Buffer.from('SIP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nabc'));
    expect(draft).toMatchObject({ kind: 'response', status: 200 });
    expect(draft.kind !== 'fault' && draft.body.toString()).toBe('abc');
  });
});

describe('writing a message', () => {
  const message = () => read(bytes([...HEAD, 'Content-Length: 2', 'X-A: é'], 'é')) as SipRequest;

  it('counts the body anew and keeps everything else', () => {
    const request = message();
    request.body = Buffer.from('ééé');
    expect(serialize(request).toString()).toBe(
      `${HEAD.join('\r\n')}\r\nContent-Length: 6\r\nX-A: é\r\n\r\nééé`,
    );
  });

  it('refuses to write a line break into a line', () => {
    for (const spoil of [
      (m: SipRequest) => m.headers.push({ key: 'x', name: 'X', value: 'a\r\nEvil: 1' }),
      (m: SipRequest) => m.headers.push({ key: 'x', name: 'X', value: 'a\0' }),
      (m: SipRequest) => m.headers.push({ key: 'x', name: 'X\r\nEvil', value: '1' }),
      (m: SipRequest) => (m.uri = 'sip:a SIP/2.0\r\nEvil: 1\r\n'),
    ]) {
      const request = message();
      spoil(request);
      expect(() => serialize(request)).toThrow(/line break|token/);
    }
  });

  it('sets, removes and replaces headers where they stand', () => {
    const request = message();
    setHeader(request, 'from', '<sip:new>;tag=2');
    setHeader(request, 'X-New', '1');
    removeHeader(request, 'x-a');
    replaceTopVia(request, 'SIP/2.0/UDP x');
    const names = request.headers.map((h) => h.name);
    expect(names).toEqual(['Via', 'v', 'From', 't', 'i', 'CSeq', 'Content-Length', 'X-New']);
    expect(headerList(request, 'Via')).toEqual(['SIP/2.0/UDP x', 'SIP/2.0/TCP c', 'SIP/2.0/UDP d']);
  });
});

describe('the parser under fire', () => {
  const lines = fc.constantFrom(
    ...HEAD,
    'SIP/2.0 200 OK',
    'Content-Length: 5',
    'l: 99999999999',
    'Contact: *',
    'X: "',
    ' folded',
    ':',
    '',
    'CSeq: 1 INVITE\0',
    `Y: ${'<'.repeat(50)}`,
  );

  it('never throws, and what it reads it can write and read again', () => {
    const random = fc.uint8Array({ maxLength: 600 }).map((data) => Buffer.from(data));
    const likely = fc.array(lines, { maxLength: 14 }).map((parts) => bytes(parts, BODY));
    const spoiled = fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 255 })).map(([at, byte]) => {
      const data = bytes(HEAD, BODY);
      data[at % data.length] = byte;
      return data;
    });
    fc.assert(
      fc.property(fc.oneof(random, likely, spoiled), (data) => {
        const message = parseMessage(data);
        if (message.kind === 'fault') return;
        const again = parseMessage(serialize(message));
        expect(again).toMatchObject({ kind: message.kind });
      }),
      { numRuns: 1_000 },
    );
  });
});
