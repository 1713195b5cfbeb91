import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { END_TOPIC, TURN_TOPIC } from '@patchbay/common/room-contract';
import { EXOTEL_OFFER } from './testing/fake-leg.ts';
import { MOMENTS, Scene, settle, type Moment } from './testing/scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const DISASTERS = {
  'the caller hangs up': (scene) => scene.leg.hangUp(),
  'the SIP server goes away': (scene) => scene.leg.lose(),
  'the room is deleted': (scene) => scene.room.delete(),
  'the caller is removed from the room': (scene) => scene.room.events?.gone('removed'),
  'the room connection is lost': (scene) => scene.room.events?.gone('failed'),
  'the bridge is shut down': (scene) => scene.call.end({ result: 'drained', detail: 'test' }),
  'the step fails': (scene, moment) => scene.fail(moment),
  'the caller hangs up and the step fails': (scene, moment) => {
    scene.leg.hangUp();
    scene.fail(moment);
  },
  'time passes': () => undefined,
} satisfies Record<string, (scene: Scene, moment: Moment) => unknown>;

/** Let what was hanging come to its end after the call is over. */
async function comeLate(scene: Scene): Promise<void> {
  for (const step of MOMENTS) {
    if (step !== 'the agent is awaited') scene.pass(step);
    await settle();
  }
}

async function expectNothingLeft(scene: Scene): Promise<void> {
  expect(scene.call.state).toBe('ended');
  expect(scene.leg.ended).toHaveLength(1);
  expect(await scene.metric('rooms_open')).toBe(0);
  for (const pair of scene.pairs) expect(pair.listener).toBeUndefined();
  // Deleted a second time, LiveKit would make it anew.
  const toDelete = scene.room.joined > 0 && !scene.room.deleted;
  if (toDelete) expect(scene.deleted).toEqual([scene.records[0]!.room]);
  if (scene.room.deleted) expect(scene.deleted).toEqual([]);
  await scene.expectNothingHeld();
}

describe('whatever happens at any moment leaves nothing behind', () => {
  for (const [disaster, strike] of Object.entries(DISASTERS)) {
    for (const moment of MOMENTS) {
      it(`${disaster} while ${moment}`, async () => {
        const scene = new Scene();
        await scene.until(moment);
        strike(scene, moment);
        await settle();
        // The caller is told at once, except about a 200 that is still on its way.
        const struck = scene.call.state === 'ending' || scene.call.state === 'ended';
        if (struck && moment !== 'the answer is being sent') {
          expect(scene.leg.ended).toHaveLength(1);
        }
        await vi.advanceTimersByTimeAsync(60_000);
        await comeLate(scene);
        await vi.advanceTimersByTimeAsync(60_000);
        await expectNothingLeft(scene);
      });
    }
  }
});

describe('a call', () => {
  it('rings, is answered and reports its steps in order', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    expect(scene.leg.steps).toEqual(['180', '200']);
    expect(scene.call.state).toBe('active');
    expect(scene.room.attributes).toEqual([{ 'sip.callStatus': 'active', 'sip.callTag': 'tag' }]);
    expect(await scene.metric('rooms_open')).toBe(1);
    scene.leg.hangUp();
    const record = await scene.call.finished;
    expect(record).toMatchObject({
      result: 'caller-hangup',
      door: 'reach',
      agent: 'bank',
      sip: { status: 200, transport: 'tcp', trunk: 'local', codec: 'PCMA' },
    });
    const { startMs, ringingMs, agentReadyMs, answeredMs, endMs } = record.at;
    const times = [startMs, ringingMs!, agentReadyMs!, answeredMs!, endMs];
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  const REFUSALS = [
    [
      'an unknown number',
      { invite: { calledUser: '+19998887777' } },
      404,
      'rejected-unknown-number',
    ],
    [
      'SDP that has no audio',
      { invite: { offer: EXOTEL_OFFER.replace('audio', 'video') } },
      488,
      'rejected-no-codec',
    ],
    ['SDP that can not be read', { invite: { offer: 'hello' } }, 400, 'rejected-bad-request'],
    ['a broken header', { invite: { malformed: 'no From' } }, 400, 'rejected-bad-request'],
    [
      'a bridge that is shutting down',
      { refusal: { result: 'rejected-draining', detail: 'x' } },
      503,
      'rejected-draining',
    ],
    [
      'a bridge without LiveKit',
      { refusal: { result: 'rejected-not-ready', detail: 'x' } },
      503,
      'rejected-not-ready',
    ],
    [
      'all agents in a call',
      { refusal: { result: 'rejected-no-agent', detail: 'x' } },
      503,
      'rejected-no-agent',
    ],
    ['no port left', { ports: 0 }, 503, 'rejected-no-port'],
  ] as const;
  for (const [what, options, status, result] of REFUSALS) {
    it(`with ${what} is refused with ${status} before anything rings`, async () => {
      const scene = new Scene(options);
      scene.call.start();
      await settle();
      const record = await scene.call.finished;
      expect(record.result).toBe(result);
      expect(record.sip?.status).toBe(status);
      expect(scene.leg.steps).toEqual([]);
      await expectNothingLeft(scene);
    });
  }

  it('whose agent never comes is given up as unavailable, with 480', async () => {
    const scene = new Scene();
    await scene.until('the agent is awaited');
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await scene.call.finished).result).toBe('agent-unavailable');
    expect(scene.leg.status).toBe(480);
  });

  it('of a caller who sends no audio ends after the start limit', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    await vi.advanceTimersByTimeAsync(29_000);
    expect(scene.call.state).toBe('active');
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await scene.call.finished).result).toBe('media-timeout');
    expect(scene.leg.ended).toEqual(['BYE']);
  });

  it('is ended by the agent when its announced end is followed by the end of the room', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    scene.room.events.data(END_TOPIC, Buffer.from('{"cause":"provider-failure"}'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(scene.call.state).toBe('active');
    scene.room.delete();
    await settle();
    expect((await scene.call.finished).result).toBe('provider-failure');
  });

  it('is ended soon after the agent announced it, also if the room stays', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    scene.room.events.data(END_TOPIC, Buffer.from('{"cause":"agent-hangup"}'));
    await vi.advanceTimersByTimeAsync(16_000);
    expect((await scene.call.finished).result).toBe('agent-hangup');
  });

  it('survives an agent that is replaced', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    scene.room.events.alone();
    await vi.advanceTimersByTimeAsync(12_000);
    scene.room.events.heard();
    await vi.advanceTimersByTimeAsync(12_000);
    expect(scene.call.state).toBe('active');
  });

  it('ends when its agent left and none comes back', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    scene.room.events.alone();
    await vi.advanceTimersByTimeAsync(16_000);
    expect((await scene.call.finished).result).toBe('agent-unavailable');
  });

  it('keeps the turns the agent reports and ignores what is not a report', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    const turn = {
      turn: 1,
      atMs: 5,
      stagesMs: { llm: 3 },
      tools: ['get_balance'],
      interrupted: false,
    };
    scene.room.events.data(TURN_TOPIC, Buffer.from(JSON.stringify(turn)));
    scene.room.events.data(TURN_TOPIC, Buffer.from('nonsense'));
    scene.room.events.data('other', Buffer.from('{}'));
    scene.leg.hangUp();
    expect((await scene.call.finished).turns).toEqual([turn]);
  });

  it('passes keys sent by INFO to the room', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    scene.leg.events.dtmf('5');
    expect(scene.room.dtmf).toEqual(['5']);
    scene.leg.hangUp();
    await scene.call.finished;
  });

  it('answers a re-INVITE with the same SDP and goes on, also on hold', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    const { offer } = scene.leg.invite;
    const first = scene.leg.events.reinvite(offer);
    expect(scene.leg.events.reinvite(offer)).toEqual(first);
    const held = scene.leg.events.reinvite(offer.replace('a=sendrecv', 'a=inactive'));
    expect('sdp' in held && held.sdp).toContain('a=inactive');
    expect(scene.leg.events.reinvite('nonsense')).toEqual({ status: 400 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(scene.call.state).toBe('active');
    scene.leg.hangUp();
    await scene.call.finished;
  });
});

describe('an INVITE without an offer', () => {
  it('gets ours, and the call goes on with the answer in ACK', async () => {
    const scene = new Scene({ invite: { offer: '' } });
    await scene.until('both are talking');
    expect(scene.leg.said).toContain('m=audio 30000 RTP/AVP 8 0 101');
    expect(scene.call.state).toBe('answering');
    scene.leg.events.answer(EXOTEL_OFFER.replace('8 0 96', '0 96'));
    await settle();
    expect(scene.call.state).toBe('active');
    scene.leg.hangUp();
    expect((await scene.call.finished).sip?.codec).toBe('PCMU');
  });

  it.each([
    ['nothing in common', EXOTEL_OFFER.replace('8 0 96', '18')],
    ['nonsense', 'hello'],
  ])('whose ACK brings %s is ended', async (_what, answer) => {
    const scene = new Scene({ invite: { offer: '' } });
    await scene.until('both are talking');
    scene.leg.events.answer(answer);
    await settle();
    expect((await scene.call.finished).result).toBe('rejected-no-codec');
    expect(scene.leg.ended).toEqual(['BYE']);
    await expectNothingLeft(scene);
  });

  it('whose ACK brings no answer is ended', async () => {
    const scene = new Scene({ invite: { offer: '' } });
    await scene.until('both are talking');
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await scene.call.finished).result).toBe('ack-timeout');
    await expectNothingLeft(scene);
  });
});

describe('what an agent asks of the call', () => {
  it('is told the headers of the far end, but not those of the way', async () => {
    const headers = { via: 'x', 'x-exotel-callsid': 'exo-1', from: 'a', authorization: 'secret' };
    const scene = new Scene({ invite: { headers } });
    await scene.until('both are talking');
    const ask = async (payload: string) =>
      JSON.parse(await scene.room.events.rpc('lk.sip.GetRemoteHeaders', payload)) as unknown;
    expect(await ask('')).toEqual({ headers: { 'x-exotel-callsid': 'exo-1', from: 'a' } });
    expect(await ask('{"include":["From"]}')).toEqual({ headers: { from: 'a' } });
    expect(await ask('{"exclude":["From"]}')).toEqual({ headers: { 'x-exotel-callsid': 'exo-1' } });
    await expect(ask('[')).rejects.toMatchObject({ code: 2_400 });
    scene.leg.hangUp();
    await scene.call.finished;
  });

  it('ends it, after the answer to the agent', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    expect(await scene.room.events.rpc('lk.sip.EndCall', '')).toBe('{}');
    expect(scene.call.state).toBe('active');
    await vi.advanceTimersByTimeAsync(300);
    expect((await scene.call.finished).result).toBe('agent-hangup');
    expect(scene.leg.ended).toEqual(['BYE']);
  });

  it('presses a key for the phone, among its audio or by INFO', async () => {
    const offer = EXOTEL_OFFER.replace('RTP/AVP 8 0 96', 'RTP/AVP 8 0');
    for (const scene of [new Scene(), new Scene({ invite: { offer } })]) {
      await scene.until('both are talking');
      scene.room.events.dtmf('7');
      await vi.advanceTimersByTimeAsync(300);
      const payloadTypes = scene.pairs[0]!.sent.map(({ data }) => data[1]! & 0x7f);
      const byInfo = scene.leg.steps.includes('INFO 7');
      expect(payloadTypes.includes(96)).toBe(!byInfo);
      expect(byInfo).toBe(scene.leg.invite.offer === offer);
      scene.leg.hangUp();
      await scene.call.finished;
    }
  });

  it('presses no key before the answer', async () => {
    const scene = new Scene();
    await scene.until('the answer is being sent');
    scene.room.events.dtmf('7');
    expect(scene.leg.steps).not.toContain('INFO 7');
    scene.leg.hangUp();
    await scene.call.finished;
  });

  const transfer = (scene: Scene, transferTo = 'tel:+12025550111') =>
    scene.room.events.rpc('patchbay.sip.TransferCall', JSON.stringify({ transferTo }));

  it('transfers the caller, and the call is over when the new one is up', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    const asked = transfer(scene);
    expect(scene.leg.steps).toContain('REFER tel:+12025550111');
    scene.leg.transferring.resolve({ status: 200, reason: 'OK' });
    expect(JSON.parse(await asked)).toEqual({ status: 200, reason: 'OK' });
    expect(scene.room.attributes.slice(-2)).toEqual([
      { 'patchbay.transfer': 'pending', 'patchbay.transferStatus': '' },
      { 'patchbay.transfer': 'done', 'patchbay.transferStatus': '200' },
    ]);
    await vi.advanceTimersByTimeAsync(300);
    expect((await scene.call.finished).result).toBe('transferred');
    await expectNothingLeft(scene);
  });

  it('transfers the caller, who is taken along by a BYE', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    const asked = transfer(scene);
    scene.leg.transferring.resolve({ status: 200, reason: 'gone along' });
    scene.leg.events.hungUp(true);
    await asked;
    await vi.advanceTimersByTimeAsync(300);
    expect((await scene.call.finished).result).toBe('transferred');
  });

  it('is told why a transfer failed, and goes on talking', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    const asked = transfer(scene);
    scene.leg.transferring.resolve({ status: 486, reason: 'Busy Here' });
    await expect(asked).rejects.toMatchObject({ code: 2_500, message: '486 Busy Here' });
    expect(scene.room.attributes.at(-1)).toEqual({
      'patchbay.transfer': 'failed',
      'patchbay.transferStatus': '486',
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(scene.call.state).toBe('active');
    await expect(transfer(scene, 'x> y')).rejects.toMatchObject({ code: 2_400 });
    scene.leg.hangUp();
    await scene.call.finished;
  });
});

it('a session that is not refreshed ends the call', async () => {
  const scene = new Scene();
  await scene.until('both are talking');
  scene.leg.events.expired();
  expect((await scene.call.finished).result).toBe('session-expired');
});

const HOLDS = {
  'by sendonly': (offer: string) => offer.replace('a=sendrecv', 'a=sendonly'),
  'by inactive': (offer: string) => offer.replace('a=sendrecv', 'a=inactive'),
  'by no address': (offer: string) => offer.replace('c=IN IP4 182.76.143.61', 'c=IN IP4 0.0.0.0'),
};

describe('a phone that holds the call', () => {
  const told = (scene: Scene) =>
    scene.room.attributes.flatMap((attributes) => attributes['patchbay.hold'] ?? []);

  it.each(Object.entries(HOLDS))('%s is told to the room, and that it is back', async (_, hold) => {
    const scene = new Scene();
    await scene.until('both are talking');
    const { offer } = scene.leg.invite;
    scene.leg.events.reinvite(offer);
    expect(told(scene)).toEqual([]);
    scene.leg.events.reinvite(hold(offer));
    scene.leg.events.reinvite(hold(offer));
    expect(told(scene)).toEqual(['yes']);
    // A refused change changes nothing.
    scene.leg.events.reinvite('nonsense');
    scene.leg.events.reinvite(offer);
    expect(told(scene)).toEqual(['yes', 'no']);
    scene.leg.hangUp();
    await scene.call.finished;
  });

  it('is back when it agrees to an offer of ours', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    const { offer } = scene.leg.invite;
    scene.leg.events.reinvite(HOLDS['by inactive'](offer));
    scene.leg.events.reinvite('');
    expect(told(scene)).toEqual(['yes']);
    scene.leg.events.answer(offer);
    expect(told(scene)).toEqual(['yes', 'no']);
    scene.leg.hangUp();
    await scene.call.finished;
  });

  it('from the beginning is told to the room before the answer', async () => {
    const scene = new Scene({ invite: { offer: HOLDS['by inactive'](EXOTEL_OFFER) } });
    await scene.until('both are talking');
    expect(scene.room.attributes).toEqual([
      { 'patchbay.hold': 'yes' },
      { 'sip.callStatus': 'active', 'sip.callTag': 'tag' },
    ]);
    scene.leg.events.reinvite(EXOTEL_OFFER);
    expect(told(scene)).toEqual(['yes', 'no']);
    scene.leg.hangUp();
    await scene.call.finished;
  });
});

it('a held call that sends nothing is not taken for a dead one', async () => {
  const scene = new Scene();
  await scene.until('both are talking');
  const { offer } = scene.leg.invite;
  for (const hold of [HOLDS['by sendonly'], HOLDS['by no address']]) {
    const answer = scene.leg.events.reinvite(hold(offer));
    expect('sdp' in answer && answer.sdp).toContain('a=recvonly');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(scene.call.state).toBe('active');
  }
  scene.leg.events.reinvite(offer);
  await vi.advanceTimersByTimeAsync(31_000);
  expect((await scene.call.finished).result).toBe('media-timeout');
});
