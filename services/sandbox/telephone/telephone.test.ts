import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { PCMA, PCMU } from '@patchbay/common/g711';
import { tone, tonePart } from '../audio/tone.ts';
import { createResponse } from '../sip/build.ts';
import { field, header, headerList, serialize } from '../sip/message.ts';
import type { SipTimers } from '../sip/timers.ts';
import { parseEvent } from './dtmf.ts';
import type { CallOptions } from './phone-call.ts';
import { parseSdp } from './sdp.ts';
import { Telephone } from './telephone.ts';
import { IMPATIENT_TIMERS, TEST_TIMERS, TestPeer } from './test-peer.ts';

let phone: Telephone;
let peer: TestPeer;

async function open(timers: SipTimers): Promise<void> {
  phone = await Telephone.open({ transport: 'udp', log: silentLogger(), timers });
  peer = await TestPeer.open(timers);
}

async function close(): Promise<void> {
  peer.oblige();
  await phone.close();
  await peer.close();
}

/** For tests in which somebody runs out of patience. */
async function becomeImpatient(): Promise<void> {
  await close();
  await open(IMPATIENT_TIMERS);
}

beforeEach(() => open(TEST_TIMERS));
afterEach(close);

const dial = (options: Partial<CallOptions> = {}) =>
  phone.call({ to: '+12025550101', from: '+12025550187', server: peer.address, ...options });
const beep = tone({ frequencyHz: 700, durationMs: 300, sampleRateHz: 8_000 });

describe('calling', () => {
  it('rings, is answered, is acknowledged, and ends when we hang up', async () => {
    const call = dial();
    const invite = await peer.next('INVITE');
    invite.transaction.respond(createResponse(invite.request, 100));
    invite.transaction.respond(createResponse(invite.request, 180));
    await call.ringing;
    expect(call.times.answered).toBeUndefined();
    invite.transaction.respond(peer.ok(invite.request));
    await call.answered;
    expect(header(await peer.nextAck(), 'cseq')).toBe('1 ACK');
    const hangup = call.hangup();
    const bye = await peer.next('BYE');
    expect(header(bye.request, 'cseq')).toBe('2 BYE');
    bye.transaction.respond(createResponse(bye.request, 200));
    await hangup;
    expect(await call.ended).toEqual({ by: 'us', status: 200, reason: 'we hung up' });
    const { invite: dialled, trying, ringing, answered, ended } = call.times;
    const order = [dialled!, trying!, ringing!, answered!, ended!];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(phone.activeCalls).toBe(0);
  });

  it('ends when the peer hangs up, and whoever waits for sound is told', async () => {
    const call = dial();
    const { invite, ok } = await peer.answer();
    await call.answered;
    const waiting = call.nextUtterance().catch((error: unknown) => error);
    const playing = call.play(beep).catch((error: unknown) => error);
    expect((await peer.request(invite.request, ok, 'BYE').answer).status).toBe(200);
    expect(await call.ended).toEqual({ by: 'peer', status: 200 });
    for (const error of [await waiting, await playing]) {
      expect(error).toMatchObject({
        name: 'PhoneError',
        message: expect.stringMatching(/the peer hung up$/) as string,
      });
    }
  });

  it.each([404, 486, 503, 603])('rejects with the status when refused with %i', async (status) => {
    const call = dial();
    const invite = await peer.next('INVITE');
    invite.transaction.respond(createResponse(invite.request, status, { reason: 'Not Today' }));
    const wanted = {
      name: 'PhoneError',
      status,
      reason: 'Not Today',
      message: `refused: ${status} Not Today`,
    };
    await expect(call.answered).rejects.toMatchObject(wanted);
    await expect(call.ringing).rejects.toMatchObject(wanted);
    expect(await call.ended).toEqual({ by: 'refused', status, reason: 'Not Today' });
  });

  it('rejects with 408 when nobody answers at all', async () => {
    await becomeImpatient();
    const call = phone.call({ to: '1', from: '2', server: await deafPort() });
    await expect(call.answered).rejects.toMatchObject({ status: 408 });
    expect(call.times.trying).toBeUndefined();
  });

  it('rejects with 503 when there is nobody to connect to over TCP', async () => {
    const tcp = await Telephone.open({
      transport: 'tcp',
      log: silentLogger(),
      timers: TEST_TIMERS,
    });
    try {
      const call = tcp.call({ to: '1', from: '2', server: { host: '127.0.0.1', port: 1 } });
      await expect(call.answered).rejects.toMatchObject({ status: 503 });
    } finally {
      await tcp.close();
    }
  });

  it.each([
    ['without a description', () => '', /no audio stream/],
    ['with a codec we did not offer', () => peer.sdp({ payloadTypes: [PCMU] }), /no common codec/],
    ['with the stream refused', () => peer.sdp({ port: 0 }), /refused \(port 0\)/],
  ])('takes and ends an answer %s', async (_, sdp, words) => {
    const call = dial({ payloadTypes: [PCMA] });
    await peer.answer(sdp());
    await expect(call.answered).rejects.toThrow(words);
    const bye = await peer.next('BYE');
    bye.transaction.respond(createResponse(bye.request, 200));
    expect(await call.ended).toMatchObject({
      by: 'us',
      status: 200,
      reason: expect.stringMatching(words) as string,
    });
  });

  it('sends its own headers and an edited offer', async () => {
    dial({
      headers: { 'X-Exotel-CallSid': 'abc' },
      editOffer: (sdp) => sdp.replace('ptime:20', 'ptime:30'),
    });
    const { request } = await peer.next('INVITE');
    expect(header(request, 'x-exotel-callsid')).toBe('abc');
    expect(request.body.toString()).toContain('a=ptime:30');
  });

  it('acknowledges again when its ACK was lost', async () => {
    const call = dial();
    const { invite, ok } = await peer.answer();
    await call.answered;
    // The same 2xx again, as a peer that never got the ACK sends it.
    invite.flow.send(serialize(ok));
    await peer.nextAck();
    expect(peer.waiting).toEqual([]);
  });

  it('ends what a second fork answers', async () => {
    const call = dial();
    const { invite } = await peer.answer();
    await call.answered;
    const other = createResponse(invite.request, 200, {
      toTag: 'another-fork',
      headers: [field('Contact', peer.contact)],
    });
    invite.flow.send(serialize(other));
    await peer.nextAck();
    const bye = await peer.next('BYE');
    expect(header(bye.request, 'to')).toContain('tag=another-fork');
    bye.transaction.respond(createResponse(bye.request, 200));
    expect(phone.activeCalls).toBe(1);
  });

  it('sends ACK and BYE along the recorded route to the contact', async () => {
    const proxy = await TestPeer.open();
    try {
      const call = dial();
      const invite = await peer.next('INVITE');
      const headers = {
        Contact: '<sip:agent@10.9.9.9:5999>',
        'Record-Route': `<sip:127.0.0.1:${proxy.address.port};lr>`,
      };
      invite.transaction.respond(peer.ok(invite.request, peer.sdp(), headers));
      const ack = await proxy.nextAck();
      expect(ack.uri).toBe('sip:agent@10.9.9.9:5999');
      expect(headerList(ack, 'route')).toEqual([headers['Record-Route']]);
      await call.answered;
      const hangup = call.hangup();
      const bye = await proxy.next('BYE');
      bye.transaction.respond(createResponse(bye.request, 200));
      await hangup;
    } finally {
      await proxy.close();
    }
  });

  it('takes many calls at once, each with its own port', async () => {
    const calls = Array.from({ length: 10 }, () => dial());
    const ports = new Set<number>();
    for (let i = 0; i < calls.length; i++) {
      const { invite } = await peer.answer();
      ports.add(parseSdp(invite.request.body.toString()).port);
    }
    await Promise.all(calls.map((call) => call.answered));
    expect(ports.size).toBe(10);
    expect([...ports].every((port) => port % 2 === 0)).toBe(true);
    const closing = phone.close();
    for (let i = 0; i < calls.length; i++) {
      const bye = await peer.next('BYE');
      bye.transaction.respond(createResponse(bye.request, 200));
    }
    await closing;
    for (const call of calls) expect(await call.ended).toMatchObject({ by: 'us' });
  });
});

describe('cancelling', () => {
  it('waits for a provisional answer, then sends CANCEL', async () => {
    const call = dial();
    const invite = await peer.next('INVITE');
    const cancelled = call.cancel();
    expect(peer.waiting).toEqual([]);
    invite.transaction.respond(createResponse(invite.request, 180));
    const cancel = await peer.next('CANCEL');
    cancel.transaction.respond(createResponse(cancel.request, 200));
    invite.transaction.respond(createResponse(invite.request, 487));
    await cancelled;
    expect(await call.ended).toEqual({
      by: 'cancelled',
      status: 487,
      reason: 'Request Terminated',
    });
    await expect(call.answered).rejects.toThrow('cancelled: 487');
  });

  it('takes and ends an answer that crosses the CANCEL', async () => {
    const call = dial();
    const invite = await peer.next('INVITE');
    invite.transaction.respond(createResponse(invite.request, 180));
    await call.ringing;
    const cancelled = call.hangup();
    await peer.next('CANCEL');
    invite.transaction.respond(peer.ok(invite.request));
    await peer.nextAck();
    await peer.next('BYE');
    await cancelled;
    expect(await call.ended).toMatchObject({ by: 'cancelled', status: 200 });
  });

  it('gives up when the CANCEL has no effect', async () => {
    await becomeImpatient();
    const call = dial();
    const invite = await peer.next('INVITE');
    invite.transaction.respond(createResponse(invite.request, 180));
    await call.ringing;
    await call.cancel();
    expect(await call.ended).toMatchObject({ by: 'cancelled', status: 408 });
  });

  it('before anything was sent sends nothing', async () => {
    const call = dial();
    await call.cancel();
    expect(await call.ended).toMatchObject({ by: 'cancelled' });
    await new Promise(setImmediate);
    expect(peer.waiting).toEqual([]);
  });
});

describe('talking', () => {
  it('sends a steady stream from the answer on, and hears the peer', async () => {
    const call = dial({ payloadTypes: [PCMU, PCMA], speech: { hangoverMs: 1_500 } });
    const { invite } = await peer.answer(peer.sdp({ payloadTypes: [PCMU] }));
    await call.answered;
    const played = call.play(beep);
    await peer.speak(
      invite.request.body.toString(),
      Int16Array.from([...beep, ...new Int16Array(800)]),
      PCMU,
    );
    const utterance = await call.nextUtterance();
    expect(tonePart(utterance.samples.subarray(1_200, -1_200), 700, 8_000)).toBeGreaterThan(0.95);
    expect(utterance.endedAtMs).toBeGreaterThan(utterance.startedAtMs);
    expect(utterance.samples.length).toBeGreaterThan(2_400);
    const { startedAtMs, lastLoudAtMs } = await played;
    expect(lastLoudAtMs - startedAtMs).toBeCloseTo(300, 0);
    expect(call.times.firstAudible).toBe(utterance.startedAtMs);
    const packets = await peer.received(15, PCMU);
    const steps = packets
      .slice(1)
      .map(({ timestamp }, i) => (timestamp - packets[i]!.timestamp) >>> 0);
    expect(new Set(steps)).toEqual(new Set([160]));
    const { sent, heard } = call.recording();
    expect(sent.length).toBe(heard.length);
    expect(tonePart(loud(sent), 700, 8_000)).toBeGreaterThan(0.8);
    expect(tonePart(loud(heard), 700, 8_000)).toBeGreaterThan(0.8);
    expect(call.recordingWav()).toMatchObject({ sampleRateHz: 8_000, channels: [sent, heard] });
    expect(call.stats).toMatchObject({ lost: 0, duplicates: 0, other: 0 });
  });

  it('sends keys in the payload type of the answer, each with three end packets', async () => {
    const call = dial();
    await peer.answer(peer.sdp({ dtmfPayloadType: 96 }));
    await call.answered;
    await call.sendDtmf('17#', { toneMs: 60, gapMs: 40 });
    const events = (await peer.received(15, 96)).map(({ payload }) => parseEvent(payload)!);
    expect(events.filter(({ end }) => end).map(({ event }) => event)).toEqual([
      1, 1, 1, 7, 7, 7, 11, 11, 11,
    ]);
  });

  it('sends nothing when told so, and begins when told so', async () => {
    const call = dial({ sendRtp: false });
    const { invite } = await peer.answer();
    await call.answered;
    await peer.speak(invite.request.body.toString(), new Int16Array(800));
    await vi.waitFor(() => expect(call.times.firstRtp).toBeDefined(), { timeout: 5_000 });
    expect(peer.packets).toHaveLength(0);
    call.setSendRtp(true);
    await peer.received(1);
  });

  it('can neither speak nor press keys before the answer', async () => {
    const call = dial();
    await expect(call.play(beep)).rejects.toThrow('wait until the call is answered');
    await expect(call.sendDtmf('1')).rejects.toThrow('wait until the call is answered');
  });
});

describe('what the peer asks in a call', () => {
  async function active(options: Partial<CallOptions> = {}) {
    const call = dial(options);
    const { invite, ok } = await peer.answer();
    await call.answered;
    const ask = (method: string, more: { sequence?: number; body?: string; tag?: string } = {}) =>
      peer.request(invite.request, ok, method, more);
    return { call, ask, offer: invite.request.body.toString() };
  }

  it('OPTIONS and INFO are answered, others are not allowed, strangers have no call', async () => {
    const { ask } = await active();
    const statuses = await Promise.all([
      ask('OPTIONS', { sequence: 1 }).answer,
      ask('INFO', { sequence: 2 }).answer,
      ask('REFER', { sequence: 3 }).answer,
      ask('BYE', { sequence: 4, tag: 'somebody-else' }).answer,
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 405, 481]);
  });

  it('a request older than the last is refused', async () => {
    const { ask } = await active();
    expect((await ask('INFO', { sequence: 9 }).answer).status).toBe(200);
    expect((await ask('INFO', { sequence: 8 }).answer).status).toBe(500);
  });

  it('a re-INVITE puts the call on hold and takes it back', async () => {
    const { call, ask } = await active();
    const hold = ask('INVITE', { sequence: 1, body: peer.sdp({ direction: 'sendonly' }) });
    const held = await hold.answer;
    expect(parseSdp(held.body.toString())).toMatchObject({
      direction: 'recvonly',
      payloadTypes: [PCMA],
    });
    hold.ack();
    const before = call.stats.sent;
    await ask('OPTIONS', { sequence: 2 }).answer;
    expect(call.stats.sent).toBe(before);
    const resume = ask('INVITE', { sequence: 3, body: peer.sdp() });
    expect(parseSdp((await resume.answer).body.toString()).direction).toBe('sendrecv');
    resume.ack();
    await peer.received(peer.packets.length + 1);
  });

  it('a re-INVITE moves the media and the codec', async () => {
    const { ask } = await active({ payloadTypes: [PCMA, PCMU] });
    const other = await TestPeer.open();
    try {
      const body = other.sdp({ payloadTypes: [PCMU] });
      const move = ask('INVITE', { body });
      expect(parseSdp((await move.answer).body.toString()).payloadTypes).toEqual([PCMU]);
      move.ack();
      expect((await other.received(3))[0]).toMatchObject({ payloadType: PCMU });
    } finally {
      await other.close();
    }
  });

  it('a re-INVITE without an offer gets ours, and its ACK brings the answer', async () => {
    const { ask, offer } = await active();
    const other = await TestPeer.open();
    try {
      const reinvite = ask('INVITE');
      const ours = parseSdp((await reinvite.answer).body.toString());
      expect(ours).toEqual(parseSdp(offer));
      reinvite.ack(other.sdp());
      await other.received(2);
    } finally {
      await other.close();
    }
  });

  it('a re-INVITE we cannot take is refused and changes nothing', async () => {
    const { call, ask } = await active();
    const refused = ask('INVITE', {
      body: peer.sdp({ payloadTypes: [] }).replace('RTP/AVP ', 'RTP/AVP 18'),
    });
    const answer = await refused.answer;
    expect(answer.status).toBe(488);
    expect(header(answer, 'warning')).toContain('no common codec');
    const { sent } = call.stats;
    await peer.received(sent + 2);
  });

  it('an answer to a re-INVITE that is never acknowledged ends the call', async () => {
    await becomeImpatient();
    const { call, ask } = await active();
    expect((await ask('INVITE', { body: peer.sdp() }).answer).status).toBe(200);
    const bye = await peer.next('BYE');
    bye.transaction.respond(createResponse(bye.request, 200));
    expect(await call.ended).toMatchObject({ by: 'us' });
  });

  it('UPDATE with and without a description is answered', async () => {
    const { ask } = await active();
    expect((await ask('UPDATE', { sequence: 1 }).answer).body).toHaveLength(0);
    const changed = await ask('UPDATE', { sequence: 2, body: peer.sdp({ direction: 'inactive' }) })
      .answer;
    expect(parseSdp(changed.body.toString()).direction).toBe('inactive');
  });

  it('nothing is answered any more once the phone has vanished', async () => {
    await becomeImpatient();
    const { call, ask } = await active();
    await call.vanish();
    await expect(ask('OPTIONS').answer).rejects.toThrow('408');
    expect(peer.waiting).toEqual([]);
  });
});

describe('closing', () => {
  it('waits 2 s at most for a peer that does not answer, and leaves no socket open', async () => {
    const ringing = phone.call({ to: '1', from: '2', server: await deafPort() });
    const { promise: dialled, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await dialled;
    await phone.close();
    expect(phone.activeCalls).toBe(0);
    expect((await ringing.ended).by).toMatch(/us|refused|cancelled/);
    await phone.close();
  });
});

/** A port where datagrams arrive and nobody answers. */
async function deafPort(): Promise<{ host: string; port: number }> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.unref();
  return { host: '127.0.0.1', port: socket.address().port };
}

function loud(samples: Int16Array): Int16Array {
  const first = samples.findIndex((sample) => sample !== 0);
  return samples.subarray(
    first,
    samples.findLastIndex((sample) => sample !== 0),
  );
}
