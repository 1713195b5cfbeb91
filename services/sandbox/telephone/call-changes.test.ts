import { afterEach, beforeEach, expect, it } from 'vitest';
import { PCMA } from '@patchbay/common/g711';
import { silentLogger } from '@patchbay/common/logger';
import { createResponse } from '../sip/build.ts';
import { header } from '../sip/message.ts';
import type { CallOptions } from './phone-call.ts';
import { parseSdp } from './sdp.ts';
import { Telephone } from './telephone.ts';
import { TEST_TIMERS, TestPeer } from './test-peer.ts';

let phone: Telephone;
let peer: TestPeer;
beforeEach(async () => {
  phone = await Telephone.open({ transport: 'udp', log: silentLogger(), timers: TEST_TIMERS });
  peer = await TestPeer.open();
});
afterEach(async () => {
  peer.oblige();
  await phone.close();
  await peer.close();
});

const dial = (options: Partial<CallOptions> = {}) =>
  phone.call({ to: '+12025550101', from: '+12025550187', server: peer.address, ...options });

it('an INVITE without an offer is answered in the ACK, and packets flow', async () => {
  const call = dial({ lateOffer: true });
  const { invite, ack } = await peer.answer();
  await call.answered;
  expect(invite.request.body.length).toBe(0);
  expect(header(ack, 'content-type')).toBe('application/sdp');
  expect(parseSdp(ack.body.toString()).payloadTypes).toEqual([PCMA]);
  await peer.received(3, PCMA);
});

it('a re-INVITE asks for hold, takes the answer and acknowledges it', async () => {
  const call = dial();
  await peer.answer();
  await call.answered;
  const held = call.reinvite((offer) => offer.replace('a=sendrecv', 'a=inactive'));
  const { request, transaction } = await peer.next('INVITE');
  expect(parseSdp(request.body.toString()).direction).toBe('inactive');
  transaction.respond(peer.ok(request, peer.sdp({ direction: 'inactive' })));
  expect(await held).toBe(200);
  const ack = await peer.nextAck();
  expect(header(ack, 'cseq')).toBe(header(request, 'cseq')?.replace('INVITE', 'ACK'));
});

it('a re-INVITE that is refused leaves the call as it was', async () => {
  const call = dial();
  await peer.answer();
  await call.answered;
  const asked = call.reinvite((offer) => offer);
  const { request, transaction } = await peer.next('INVITE');
  transaction.respond(createResponse(request, 488));
  expect(await asked).toBe(488);
  const before = peer.packets.length;
  await peer.received(before + 3);
});

it('packets are lost on their way in the part that was asked for', async () => {
  const call = dial({ lossRatio: 1 });
  await peer.answer();
  await call.answered;
  await expect.poll(() => call.stats.sent).toBeGreaterThan(5);
  expect(peer.packets).toEqual([]);
});
