import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { END_TOPIC, TURN_TOPIC } from '@patchbay/common/room-contract';
import { MOMENTS, REST_MS, Scene, settle, type Moment } from './testing/scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const DISASTERS = {
  'the caller hangs up': (scene) => scene.leg.hangUp(),
  'the SIP server goes away': (scene) => scene.leg.lose(),
  'the room is deleted': (scene) => scene.room.events?.gone('ended'),
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
  expect(scene.records).toHaveLength(1);
  expect(scene.leg.ended).toHaveLength(1);
  expect(scene.room.left).toBe(scene.room.joined);
  expect(scene.ports.used).toBe(0);
  expect(scene.places.active.get('local')).toBe(0);
  expect(await scene.metric('rooms_open')).toBe(0);
  for (const pair of scene.pairs) expect(pair.listener).toBeUndefined();
  if (scene.room.joined > 0) expect(scene.deleted).toEqual([scene.records[0]!.room]);
  // Nothing of the call may tick on: only the port's rest is left, and that ends too.
  await vi.advanceTimersByTimeAsync(REST_MS);
  expect(vi.getTimerCount()).toBe(0);
  expect(scene.ports.resting).toBe(0);
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
    ['no SDP', { invite: { offer: '' } }, 488, 'rejected-no-codec'],
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
    scene.room.events.gone('ended');
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

  it('survives an agent that is replaced, and ends when none comes back', async () => {
    const scene = new Scene();
    await scene.until('both are talking');
    scene.room.events.alone();
    await vi.advanceTimersByTimeAsync(3_000);
    scene.room.events.heard();
    await vi.advanceTimersByTimeAsync(6_000);
    expect(scene.call.state).toBe('active');
    scene.room.events.alone();
    await vi.advanceTimersByTimeAsync(6_000);
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
    const first = scene.leg.events.reinvite('');
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
