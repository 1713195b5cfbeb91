import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { header } from '../../sip/message.ts';
import { FakeNetwork } from '../testing/fake-network.ts';

const MINUTE = 60_000;

describe('a session timer', () => {
  let net: FakeNetwork;
  beforeEach(() => {
    vi.useFakeTimers();
    net = new FakeNetwork('tcp');
  });
  afterEach(async () => {
    net.calls.close();
    await net.endpoint.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  /** A call whose application answered with this Session-Expires. @returns our tag */
  function answerWith(sessionExpires: string): string {
    net.receive(net.request('INVITE', { more: 'Supported: timer\r\nSession-Expires: 120\r\n' }));
    net.respond(200, `Session-Expires: ${sessionExpires}\r\n`, 'v=0\r\n');
    const { message } = net.app.last('sent-response');
    const toTag = /tag=(.*)/.exec(header(message, 'to') ?? '')?.[1] ?? '';
    net.receive(net.request('ACK', { toTag }));
    return toTag;
  }

  it('ends a call that the far end does not refresh, and tells the application why', () => {
    answerWith('120;refresher=uac');
    vi.advanceTimersByTime(2 * MINUTE - 1);
    expect(net.words()).not.toContain('BYE');
    vi.advanceTimersByTime(1);
    expect(net.lastRequest().method).toBe('BYE');
    const told = net.app.last('sip');
    expect(told.transactionId).toBe('unsolicited');
    expect(header(told.message, 'reason')).toContain('Session timer expired');
    net.receive(net.answer(net.lastRequest(), 200));
    expect(net.calls.dialogs).toBe(0);
  });

  it.each(['INVITE', 'UPDATE'])('starts anew with each %s that refreshes', (method) => {
    const toTag = answerWith('120;refresher=uac');
    for (let cseq = 2; cseq < 6; cseq++) {
      vi.advanceTimersByTime(1.5 * MINUTE);
      const more = 'Supported: timer\r\nSession-Expires: 120;refresher=uac\r\n';
      net.receive(net.request(method, { toTag, cseq, more }));
      net.respond(
        200,
        'Session-Expires: 120;refresher=uac\r\n',
        method === 'INVITE' ? 'v=0\r\n' : '',
      );
      if (method === 'INVITE') net.receive(net.request('ACK', { toTag, cseq }));
    }
    expect(net.words()).not.toContain('BYE');
    vi.advanceTimersByTime(2 * MINUTE);
    expect(net.lastRequest().method).toBe('BYE');
  });

  it('is refreshed by us half-way with what was said last, again and again', () => {
    answerWith('120;refresher=uas');
    for (let round = 0; round < 3; round++) {
      vi.advanceTimersByTime(MINUTE);
      const invite = net.lastRequest();
      expect(invite.method).toBe('INVITE');
      expect(invite.body.toString()).toBe('v=0\r\n');
      expect(header(invite, 'contact')).toContain('127.0.0.1:5060');
      expect(header(invite, 'session-expires')).toBe('120;refresher=uac');
      net.receive(net.answer(invite, 200, { more: 'Session-Expires: 120;refresher=uac\r\n' }));
      expect(net.lastRequest().method).toBe('ACK');
    }
    expect(net.app.types().filter((type) => type === 'BYE')).toEqual([]);
  });

  it('refuses their re-INVITE with 491 while ours is on its way, and tries again after theirs', () => {
    const toTag = answerWith('120;refresher=uas');
    vi.advanceTimersByTime(MINUTE);
    const ours = net.lastRequest();
    net.receive(net.request('INVITE', { toTag, cseq: 2 }));
    expect(net.lastResponse().status).toBe(491);
    net.receive(net.answer(ours, 491));
    vi.advanceTimersByTime(MINUTE);
    expect(net.lastRequest().method).toBe('INVITE');
  });

  it('ends the call when our refresh is refused', () => {
    answerWith('120;refresher=uas');
    vi.advanceTimersByTime(MINUTE);
    net.receive(net.answer(net.lastRequest(), 481));
    expect(net.lastRequest().method).toBe('BYE');
  });

  it('refuses an interval that is too short within a call', () => {
    const toTag = answerWith('120;refresher=uac');
    const more = 'Supported: timer\r\nSession-Expires: 60\r\n';
    net.receive(net.request('UPDATE', { toTag, cseq: 2, more }));
    expect(net.lastResponse().status).toBe(422);
    expect(header(net.lastResponse(), 'min-se')).toBe('90');
  });

  it('is not kept if nobody named a refresher and the application said nothing', () => {
    net.receive(net.request('INVITE', { more: 'Session-Expires: 120\r\n' }));
    net.respond(200, '', 'v=0\r\n');
    const { message } = net.app.last('sent-response');
    net.receive(net.request('ACK', { toTag: /tag=(.*)/.exec(header(message, 'to') ?? '')?.[1] }));
    vi.advanceTimersByTime(10 * MINUTE);
    expect(net.words()).not.toContain('BYE');
  });
});
