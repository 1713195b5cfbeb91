import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../sip/parse.ts';
import type { SipRequest, SipResponse } from '../../sip/message.ts';
import { formatEdgeFrame, parseAppFrame, type Meta } from './leader.ts';

const parse = (text: string) => parseAppFrame(Buffer.from(text));

describe('what an application says', () => {
  it.each([
    ['1|authenticate|secret|tag,tag', { type: 'authenticate', id: '1', secret: 'secret' }],
    ['1|authenticate|secret', { type: 'authenticate', secret: 'secret' }],
    ['1|route|INVITE', { type: 'route', verb: 'invite' }],
    ['1|remove_route|cdr:attempt', { type: 'remove_route', verb: 'cdr:attempt' }],
    ['1|ping', { type: 'ping', id: '1' }],
    ['1|proxy|x|y\r\n', { type: 'proxy' }],
    ['1', { type: 'broken', reason: 'Invalid message format' }],
    ['', { type: 'broken', reason: 'Invalid message format' }],
    ['1|route|', { type: 'broken' }],
    ['1|sip|x', { type: 'broken', reason: 'Invalid message format' }],
    ['1|dance', { type: 'broken', id: '1', reason: 'Unknown message type' }],
    ['1|sip|txn|\r\nSIP/2.0 200 OK\r\n\r\n', { type: 'respond', transactionId: 'txn' }],
    ['1|sip||\r\nSIP/2.0 200 OK\r\n\r\n', { type: 'broken', reason: 'transaction id missing' }],
    ['1|sip||\r\nOPTIONS sip:a SIP/2.0\r\n\r\n', { type: 'request' }],
    ['1|sip|||sip:p\r\nOPTIONS sip:a SIP/2.0\r\n\r\n', { type: 'request', proxy: 'sip:p' }],
    [
      '1|sip||c;from-tag=d\r\nBYE sip:a SIP/2.0\r\n\r\n',
      { type: 'request-in-dialog', dialogId: 'c;from-tag=d' },
    ],
    ['1|sip|txn|\r\nCANCEL sip:a SIP/2.0\r\n\r\n', { type: 'cancel', transactionId: 'txn' }],
    ['1|sip|txn|\r\nBYE sip:a SIP/2.0\r\n\r\n', { type: 'unusable' }],
    ['1|sip||\r\nOPTIONS\r\n\r\n', { type: 'unusable', reason: 'invalid request-uri: OPTIONS' }],
  ])('%j is understood', (text, frame) => {
    expect(parse(text)).toMatchObject(frame);
  });

  it('has all that follows the blank line as body, whatever length it tells', () => {
    const frame = parse('1|sip|t|\r\nSIP/2.0 200 OK\r\ncontent-length: 1\r\n\r\né');
    expect(frame).toMatchObject({ type: 'respond' });
    expect((frame as { message: SipResponse }).message.body).toEqual(Buffer.from('é'));
  });

  it.each([
    ['a line break', 'X-A: 1\nX-B: 2'],
    ['a carriage return', 'X-A: 1\rX-B: 2'],
    ['a folded line', 'X-A: 1\r\n X-B: 2'],
    ['a line that is no header', 'X-A: 1\r\nrubbish'],
    ['a second From', 'From: <sip:a@b>\r\nX-A: 1\r\nfrom: <sip:evil@b>'],
    ['a second Content-Type', 'c: text/plain\r\nContent-Type: text/html'],
    ['a blank line', 'X-A: 1\r\n\r\nv=0 smuggled'],
    ['a NUL', 'X-A: \0'],
  ])('is refused with %s in a header', (_what, headers) => {
    const text = `1|sip||\r\nOPTIONS sip:a SIP/2.0\r\n${headers}\r\nContent-Length: 0\r\n\r\n`;
    expect(parse(text)).toMatchObject({
      type: 'unusable',
      reason: expect.stringContaining('message refused') as string,
    });
  });

  it('never makes the parser throw', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        (data) => void parseAppFrame(Buffer.from(data)),
      ),
    );
    const pieces = [
      '1',
      '|',
      'sip',
      '\r\n',
      'SIP/2.0 200 OK',
      'BYE sip:a SIP/2.0',
      'To: x',
      ':',
      '\r',
      ' ',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces)), (parts) => void parse(parts.join(''))),
    );
  });
});

describe('what the edge says', () => {
  const meta: Meta = {
    source: 'network',
    bytes: 12,
    protocol: 'udp',
    address: '::1',
    port: 5070,
    time: new Date('2026-11-20T15:56:45.245Z'),
  };
  const request = parseMessage(
    Buffer.from(
      'BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n\r\n',
    ),
  ) as SipRequest;
  const leader = (frame: Parameters<typeof formatEdgeFrame>[0]) =>
    formatEdgeFrame(frame).toString().split('\r\n')[0]?.split('|').slice(1).join('|');

  it('stands in the fields where drachtio-srf looks for it', () => {
    expect(leader({ type: 'ok', to: 'r', fields: ['pong'] })).toBe('response|r|OK|pong');
    expect(leader({ type: 'no', to: 'r', reason: 'a|b\r\nc' })).toBe('response|r|NO|a b  c');
    expect(leader({ type: 'sip', meta, transactionId: 't', dialogId: 'd', message: request })).toBe(
      'sip|network|12|udp|::1|5070|15:56:45.245000|t|d|',
    );
    const receivedOn = { host: '127.0.0.1', port: 5060 };
    expect(
      leader({ type: 'sip', meta, transactionId: 't', dialogId: '', receivedOn, message: request }),
    ).toBe('sip|network|12|udp|::1|5070|15:56:45.245000|t||127.0.0.1|5060|');
    expect(
      leader({ type: 'sent-request', to: 'r', meta, transactionId: 't', message: request }),
    ).toBe('response|r|OK|network|12|udp|::1|5070|15:56:45.245000|t|Msg sent:|');
    const response: SipResponse = { ...request, kind: 'response', status: 200, reason: 'OK' };
    const ids = { transactionId: 't', dialogId: 'd' };
    expect(leader({ type: 'sent-response', to: 'r', meta, ...ids, message: response })).toBe(
      'response|r|OK|network|12|udp|::1|5070|15:56:45.245000|t|d||Msg sent:|',
    );
  });

  it('has the whole message after it, blank line and all', () => {
    const text = formatEdgeFrame({
      type: 'sip',
      meta,
      transactionId: 't',
      dialogId: '',
      message: request,
    });
    expect(text.toString()).toMatch(/\|\r\nBYE sip:a SIP\/2\.0\r\n[^]*Content-Length: 0\r\n\r\n$/);
  });
});
