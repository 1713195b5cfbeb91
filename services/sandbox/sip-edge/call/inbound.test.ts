import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { header } from '../../sip/message.ts';
import { FakeApp, FakeNetwork, word } from '../testing/fake-network.ts';

describe('a call that comes from the network', () => {
  let net: FakeNetwork;
  beforeEach(() => {
    vi.useFakeTimers();
    net = new FakeNetwork();
  });
  afterEach(async () => {
    net.calls.close();
    await net.endpoint.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
  const toTag = () => /tag=(.*)/.exec(header(net.lastResponse(), 'to') ?? '')?.[1];

  it('is answered with 100 before the application is asked', () => {
    net.receive(net.request('INVITE'));
    expect(net.words()).toEqual(['100']);
    expect(toTag()).toBeUndefined();
    const frame = net.app.last('sip');
    expect(frame).toMatchObject({ dialogId: '', receivedOn: { host: '127.0.0.1', port: 5060 } });
    expect(frame.meta).toMatchObject({ source: 'network', protocol: 'udp', port: 5070 });
  });

  it('has the same To-tag in 180 and 200, and a Contact in the 200', () => {
    net.receive(net.request('INVITE'));
    net.respond(180);
    const ringing = toTag();
    net.respond(200, '', 'v=0\r\n');
    expect(ringing).toMatch(/^[0-9a-f]{16}$/);
    expect(toTag()).toBe(ringing);
    expect(header(net.lastResponse(), 'contact')).toBe('<sip:127.0.0.1:5060>');
    expect(header(net.lastResponse(), 'content-type')).toBe('application/sdp');
    expect(net.app.last('sent-response').dialogId).toBe('call-1;from-tag=caller');
  });

  it('takes the To-tag that the application chose in its first response', () => {
    net.receive(net.request('INVITE'));
    net.respond(180, 'to: <sip:100@127.0.0.1>;tag=mine\r\n');
    expect(toTag()).toBe('mine');
    net.respond(200, 'to: <sip:100@127.0.0.1>;tag=other\r\n');
    expect(toTag()).toBe('mine');
  });

  it('is one frame, however often the INVITE is repeated', () => {
    const invite = net.request('INVITE', { branch: 'z9hG4bKsame' });
    net.receive(invite);
    net.receive(invite);
    net.respond(180);
    net.receive(invite);
    expect(net.app.types()).toEqual(['INVITE', 'sent-response']);
    expect(net.words()).toEqual(['100', '100', '180', '180']);
  });

  it('shows the application the echo of its 200 before the ACK', () => {
    net.receive(net.request('INVITE'));
    net.onSend = (message) => {
      // The fastest peer there can be: its ACK is in the queue before the edge goes on.
      if (word(message) !== '200') return;
      const ack = net.request('ACK', { toTag: toTag() });
      queueMicrotask(() => net.receive(ack));
    };
    net.respond(200, '', 'v=0\r\n');
    return Promise.resolve().then(() => {
      expect(net.app.types()).toEqual(['INVITE', 'sent-response', 'ACK']);
      expect(net.app.last('sip')).toMatchObject({
        transactionId: net.app.of('sip')[0]?.transactionId,
        dialogId: 'call-1;from-tag=caller',
      });
    });
  });

  it('hears the 200 again until the ACK comes, then no more', () => {
    net.receive(net.request('INVITE'));
    net.respond(200, '', 'v=0\r\n');
    const tag = toTag();
    vi.advanceTimersByTime(500 + 1_000 + 2_000 + 4_000 + 4_000);
    expect(net.words().filter((w) => w === '200')).toHaveLength(6);
    net.receive(net.request('ACK', { toTag: tag }));
    net.receive(net.request('ACK', { toTag: tag }));
    vi.advanceTimersByTime(60_000);
    expect(net.words().filter((w) => w === '200')).toHaveLength(6);
    expect(net.app.types().filter((w) => w === 'ACK')).toHaveLength(1);
  });

  it('is ended with BYE when no ACK comes for 32 seconds', () => {
    net.receive(net.request('INVITE'));
    net.respond(200, '', 'v=0\r\n');
    vi.advanceTimersByTime(31_999);
    expect(net.words()).not.toContain('BYE');
    vi.advanceTimersByTime(1);
    const bye = net.lastRequest();
    expect(bye).toMatchObject({ method: 'BYE', uri: 'sip:caller@127.0.0.1:5070' });
    expect(header(bye, 'reason')).toBe('SIP ;cause=200 ;text="ACK timeout"');
    expect(net.app.last('sip')).toMatchObject({
      transactionId: 'unsolicited',
      dialogId: 'call-1;from-tag=caller',
      meta: { source: 'application' },
    });
    net.receive(net.answer(bye, 200));
    expect(net.calls.dialogs).toBe(0);
  });

  it('takes the ACK of a refusal for itself', () => {
    net.receive(net.request('INVITE', { branch: 'z9hG4bKsame' }));
    net.respond(486);
    vi.advanceTimersByTime(1_500);
    expect(net.words()).toEqual(['100', '486', '486', '486']);
    net.receive(net.request('ACK', { branch: 'z9hG4bKsame', toTag: toTag() }));
    vi.advanceTimersByTime(60_000);
    expect(net.words()).toHaveLength(4);
    expect(net.app.types()).toEqual(['INVITE', 'sent-response']);
  });

  it.each([
    ['before the application has answered', []],
    ['while it rings', [180]],
  ])('can be cancelled %s', (_when, before) => {
    net.receive(net.request('INVITE', { branch: 'z9hG4bKsame' }));
    for (const status of before) net.respond(status);
    const invite = net.app.of('sip')[0]?.transactionId;
    net.receive(net.request('CANCEL', { branch: 'z9hG4bKsame' }));
    expect(net.words().slice(-2)).toEqual(['200', '487']);
    expect(net.app.last('sip')).toMatchObject({
      transactionId: invite,
      dialogId: before.length > 0 ? 'call-1;from-tag=caller' : '',
    });
    net.respond(200, '', 'v=0\r\n');
    expect(net.app.last('nok').reason).toBe('Response not sent due to unknown transaction');
    expect(net.calls).toMatchObject({ dialogs: 0, pending: 0 });
  });

  it('is ended when it is cancelled after the answer and before the ACK', () => {
    net.receive(net.request('INVITE', { branch: 'z9hG4bKsame' }));
    net.respond(200, '', 'v=0\r\n');
    const tag = toTag();
    net.receive(net.request('CANCEL', { branch: 'z9hG4bKsame' }));
    expect(net.lastResponse().status).toBe(481);
    expect(net.app.last('sip').transactionId).toBe('unsolicited');
    // The BYE must not overtake the ACK (RFC 3261 §15).
    net.receive(net.request('ACK', { toTag: tag }));
    expect(net.lastRequest().method).toBe('BYE');
  });

  it('can be changed by the caller, one change at a time', () => {
    const { id, toTag: tag } = net.establish();
    net.receive(net.request('INVITE', { cseq: 2, toTag: tag, body: 'v=0\r\n' }));
    expect(net.app.last('sip').dialogId).toBe(id);
    net.receive(net.request('INVITE', { cseq: 3, toTag: tag }));
    expect(net.lastResponse().status).toBe(500);
    net.respond(200, '', 'v=0\r\n');
    net.receive(net.request('ACK', { cseq: 2, toTag: tag }));
    const [first, , , last] = net.app.of('sip');
    expect(last?.message).toMatchObject({ method: 'ACK' });
    expect(last?.transactionId).not.toBe(first?.transactionId);
  });

  it('can be changed by the application, and a crossing change of the caller gets 491', () => {
    const { id, toTag: tag } = net.establish();
    net.frame(`|${id}`, 'INVITE sip:placeholder SIP/2.0\r\n\r\nv=0\r\n');
    const invite = net.lastRequest();
    expect(invite.uri).toBe('sip:caller@127.0.0.1:5070');
    expect(header(invite, 'contact')).toBe('<sip:127.0.0.1:5060>');
    net.receive(net.request('INVITE', { cseq: 2, toTag: tag }));
    expect(net.lastResponse().status).toBe(491);
    net.receive(net.answer(invite, 200));
    net.frame(`|${id}`, 'ACK sip:whatever SIP/2.0\r\n\r\n');
    const ack = net.lastRequest();
    expect(header(ack, 'cseq')).toBe(header(invite, 'cseq')?.replace('INVITE', 'ACK'));
    net.receive(net.answer(invite, 200));
    expect(net.sent.filter((m) => word(m) === 'ACK')).toHaveLength(2);
  });

  it('ends with one BYE frame; a second BYE gets 481', () => {
    const { toTag: tag } = net.establish();
    net.receive(net.request('BYE', { cseq: 2, toTag: tag }));
    net.respond(200);
    expect(net.lastResponse().status).toBe(200);
    expect(net.app.last('sent-response').dialogId).toBe('');
    net.receive(net.request('BYE', { cseq: 3, toTag: tag }));
    expect(net.lastResponse().status).toBe(481);
    expect(net.app.types().filter((w) => w === 'BYE')).toHaveLength(1);
  });

  it('says yes to a BYE that crosses its own', () => {
    const { id, toTag: tag } = net.establish();
    net.frame(`|${id}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    const bye = net.lastRequest();
    net.receive(net.request('BYE', { cseq: 2, toTag: tag }));
    expect(net.lastResponse().status).toBe(200);
    net.receive(net.answer(bye, 200));
    expect(net.calls.dialogs).toBe(0);
    expect(net.app.types().at(-1)).toBe('200');
  });

  it('refuses what comes out of order, with wrong tags or for no dialog', () => {
    const { toTag: tag } = net.establish();
    net.receive(net.request('INFO', { cseq: 7, toTag: tag }));
    net.respond(200);
    for (const [status, options] of [
      [500, { cseq: 6, toTag: tag }],
      [481, { cseq: 8, toTag: 'wrong' }],
    ] as const) {
      net.receive(net.request('INFO', options));
      expect(net.lastResponse().status).toBe(status);
    }
    net.receive(net.request('INVITE', { cseq: 9, toTag: 'unknown' }));
    expect(net.lastResponse().status).toBe(481);
  });

  it('counts bytes, not letters, whatever the application says', () => {
    net.receive(net.request('INVITE'));
    net.respond(200, 'content-type: text/plain\r\n', 'é');
    expect(header(net.lastResponse(), 'content-length')).toBe('2');
    expect(net.lastResponse().body.toString()).toBe('é');
  });

  it('asks what a body is that does not say', () => {
    net.receive(net.request('INVITE'));
    net.respond(200, '', 'hello');
    expect(net.app.last('nok').reason).toBe('missing content-type');
    net.respond(200, '', 'v=0\r\n');
    expect(net.lastResponse().status).toBe(200);
  });

  it('keeps the headers of the application, but not those that are the edge’s own', () => {
    net.receive(net.request('INVITE'));
    net.respond(183, 'x-foo: a\r\nX-CallID: b\r\nvia: evil\r\nrecord-route: <sip:evil>\r\n');
    const response = net.lastResponse();
    expect(response.headers.map((h) => h.name)).toEqual(
      expect.arrayContaining(['X-Foo', 'X-CallID']),
    );
    expect(header(response, 'via')).toContain('z9hG4bKcaller');
    expect(header(response, 'record-route')).toBeUndefined();
  });

  it('gets 503 at once when the application goes, and BYE when it was up', () => {
    net.receive(net.request('INVITE'));
    net.respond(180);
    net.calls.onGone(net.app);
    expect(net.lastResponse().status).toBe(503);
    expect(net.calls).toMatchObject({ dialogs: 0, pending: 0 });
    net.establish();
    net.calls.onGone(net.app);
    expect(net.lastRequest().method).toBe('BYE');
    net.receive(net.answer(net.lastRequest(), 200));
    expect(net.calls.dialogs).toBe(0);
  });

  it('hears nothing, and is forgotten, when the application drops it', () => {
    net.receive(net.request('INVITE'));
    vi.advanceTimersByTime(64_000);
    expect(net.words()).toEqual(['100']);
    expect(net.endpoint.transactions).toBe(0);
    expect(net.calls.pending).toBe(0);
  });

  it('rings for as long as the application likes', () => {
    net.receive(net.request('INVITE'));
    net.respond(180);
    vi.advanceTimersByTime(600_000);
    net.respond(200, '', 'v=0\r\n');
    expect(net.lastResponse().status).toBe(200);
  });

  it('belongs to one application; another can’t answer it', () => {
    net.receive(net.request('INVITE'));
    const other = new FakeApp();
    const { transactionId } = net.app.last('sip');
    net.frame(`${transactionId}|`, 'SIP/2.0 200 OK\r\n\r\n', other);
    expect(other.last('nok').reason).toContain('unknown transaction');
    const { id } = net.establish();
    net.frame(`|${id}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n', other);
    expect(other.last('nok').reason).toContain('unable to find dialog');
  });

  it('rings reliably for callers who know how (RFC 3262)', () => {
    net.receive(net.request('INVITE', { more: 'Supported: timer, 100rel\r\n' }));
    net.respond(183, 'require: 100rel\r\n', 'v=0\r\n');
    const tag = toTag();
    const rseq = header(net.lastResponse(), 'rseq') ?? '';
    expect(rseq).toMatch(/^\d+$/);
    net.respond(180, 'require: 100rel\r\n');
    expect(net.app.last('nok').reason).toContain('no PRACK yet');
    vi.advanceTimersByTime(1_500);
    expect(net.words()).toEqual(['100', '183', '183', '183']);
    const prack = { toTag: tag, more: `RAck: ${rseq} 1 INVITE\r\n` };
    net.receive(net.request('PRACK', { ...prack, cseq: 2 }));
    net.respond(200);
    expect(net.lastResponse().status).toBe(200);
    net.receive(net.request('PRACK', { ...prack, cseq: 3 }));
    expect(net.lastResponse().status).toBe(481);
    vi.advanceTimersByTime(31_000);
    expect(net.words().filter((w) => w === '183')).toHaveLength(3);
  });

  it.each([
    ['no Contact', (text: string) => text.replace(/Contact:.*\r\n/, ''), 400],
    [
      'a Contact that is none',
      (text: string) => text.replace(/Contact: .*/, 'Contact: <sip:a b>'),
      400,
    ],
    ['no From tag', (text: string) => text.replace(';tag=caller', ''), 400],
    ['a bar in its Call-ID', (text: string) => text.replace('call-1', 'call|1'), 400],
    ['a URI of another kind', (text: string) => text.replace('sip:100@', 'http://'), 416],
  ])('is refused with %s', (_what, spoil, status) => {
    net.receive(spoil(net.request('INVITE')));
    expect(net.lastResponse().status).toBe(status);
    expect(net.app.frames).toEqual([]);
  });

  it('refuses a CANCEL of nothing with 481', () => {
    net.receive(net.request('CANCEL'));
    expect(net.words()).toEqual(['481']);
  });

  it('gives up an answer-in-advance that gets no PRACK', () => {
    net.receive(net.request('INVITE', { more: 'Require: 100rel\r\n' }));
    net.respond(183, 'require: 100rel\r\n', 'v=0\r\n');
    vi.advanceTimersByTime(32_000);
    expect(net.words().at(-1)).toBe('504');
    expect(net.calls).toMatchObject({ dialogs: 0, pending: 0 });
  });

  it('leaves methods that make no sense alone with 501', () => {
    net.receive(net.request('FOO'));
    net.receive(net.request('BYE'));
    expect(net.words()).toEqual(['501', '501']);
  });
});
