import { describe, expect, it } from 'vitest';
import { createResponse } from '../sip/build.ts';
import { field, header, headerList, type SipRequest } from '../sip/message.ts';
import { Dialog, createInvite, type Transport } from './dialog.ts';

const server = { host: '127.0.0.1', port: 5060 };

function invite(transport: Transport = 'udp', to = '+12025550101'): SipRequest {
  return createInvite({
    to,
    from: '+12025550187',
    server,
    local: { host: '127.0.0.1', port: 40_000 },
    transport,
    callId: 'abc',
    headers: { 'X-Test': 'yes' },
    sdp: 'v=0\r\n',
  });
}

function dialog(headers: [string, string][], transport: Transport = 'udp'): Dialog {
  const request = invite(transport);
  const response = createResponse(request, 200, {
    toTag: 'their-tag',
    headers: headers.map(([name, value]) => field(name, value)),
  });
  return new Dialog(request, response, { protocol: transport, ...server });
}

describe('an INVITE', () => {
  it('goes to a number at the server, with our contact and further headers', () => {
    const request = invite('tcp');
    expect(request.uri).toBe('sip:+12025550101@127.0.0.1:5060;transport=tcp');
    expect(header(request, 'to')).toBe('<sip:+12025550101@127.0.0.1:5060>');
    expect(header(request, 'from')).toMatch(/^<sip:\+12025550187@127\.0\.0\.1:40000>;tag=.{8,}$/);
    expect(header(request, 'contact')).toBe('<sip:+12025550187@127.0.0.1:40000;transport=tcp>');
    expect(header(request, 'x-test')).toBe('yes');
    expect(header(request, 'call-id')).toBe('abc');
  });

  it('goes to a whole URI as it is', () => {
    expect(invite('udp', 'sip:bank@example.com').uri).toBe('sip:bank@example.com');
  });
});

describe('a dialog', () => {
  it('sends to the contact of the answer', () => {
    const made = dialog([['Contact', '<sip:agent@127.0.0.1:7000>']]);
    const bye = made.request('BYE');
    expect(bye.uri).toBe('sip:agent@127.0.0.1:7000');
    expect(header(bye, 'cseq')).toBe('2 BYE');
    expect(header(made.request('INFO'), 'cseq')).toBe('3 INFO');
    expect(header(bye, 'to')).toBe('<sip:+12025550101@127.0.0.1:5060>;tag=their-tag');
    expect(made.nextHop()).toEqual({ protocol: 'udp', host: '127.0.0.1', port: 7_000 });
  });

  it('acknowledges with the number of the INVITE, whatever was sent between', () => {
    const made = dialog([['Contact', '<sip:agent@127.0.0.1:7000>']]);
    made.request('INFO');
    expect(header(made.ack(), 'cseq')).toBe('1 ACK');
  });

  it('goes by the recorded route, backwards, hop by hop', () => {
    const made = dialog([
      ['Contact', '<sip:agent@10.0.0.9>'],
      ['Record-Route', '<sip:10.0.0.3;lr>, <sip:10.0.0.2:5070;transport=tcp;lr>'],
      ['Record-Route', '<sip:10.0.0.1:5080;lr>'],
    ]);
    const ack = made.ack();
    expect(ack.uri).toBe('sip:agent@10.0.0.9');
    expect(headerList(ack, 'route')).toEqual([
      '<sip:10.0.0.1:5080;lr>',
      '<sip:10.0.0.2:5070;transport=tcp;lr>',
      '<sip:10.0.0.3;lr>',
    ]);
    expect(made.nextHop()).toEqual({ protocol: 'udp', host: '10.0.0.1', port: 5_080 });
  });

  it('gives a strict router the request as it wants it', () => {
    const made = dialog([
      ['Contact', '<sip:agent@10.0.0.9>'],
      ['Record-Route', '<sip:10.0.0.2;lr>, <sip:10.0.0.1>'],
    ]);
    const bye = made.request('BYE');
    expect(bye.uri).toBe('sip:10.0.0.1');
    expect(headerList(bye, 'route')).toEqual(['<sip:10.0.0.2;lr>', '<sip:agent@10.0.0.9>']);
  });

  it('stays on TCP unless the contact says otherwise', () => {
    expect(dialog([['Contact', '<sip:a@10.0.0.9:5>']], 'tcp').nextHop().protocol).toBe('tcp');
    expect(
      dialog([['Contact', '<sip:a@10.0.0.9:5;transport=UDP>']], 'tcp').nextHop().protocol,
    ).toBe('udp');
  });

  it('answers to where it called when the contact is missing or unreadable', () => {
    for (const headers of [[], [['Contact', '<tel:+1>']]] as [string, string][][]) {
      expect(dialog(headers).nextHop()).toEqual({ protocol: 'udp', ...server });
    }
  });

  it('knows its own requests by both tags and refuses older ones', () => {
    const made = dialog([['Contact', '<sip:agent@127.0.0.1:7000>']]);
    const ofPeer = (sequence: number, to = made.localTag): SipRequest => ({
      kind: 'request',
      method: 'BYE',
      uri: 'sip:x@y',
      headers: [
        field('From', '<sip:agent@x>;tag=their-tag'),
        field('To', `<sip:me@x>;tag=${to}`),
        field('CSeq', `${sequence} BYE`),
      ],
      body: Buffer.alloc(0),
    });
    expect(made.matches(ofPeer(1))).toBe(true);
    expect(made.matches(ofPeer(1, 'other'))).toBe(false);
    expect([5, 5, 6, 4].map((sequence) => made.accept(ofPeer(sequence)))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});
