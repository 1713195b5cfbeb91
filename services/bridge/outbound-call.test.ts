import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dialResult } from '@patchbay/common/dial-result';
import { OutboundCall } from './outbound-call.ts';
import { DialError, type LegEvents, type OutboundLeg } from './sip/leg.ts';
import { trunkSchema } from './sip/trunk.ts';
import { EXOTEL_OFFER } from './testing/fake-leg.ts';
import { Scene, settle } from './testing/scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TRUNK = trunkSchema.parse({
  name: 'local',
  direction: 'both',
  numbers: { '+12025550101': 'bank' },
  outbound: { host: 'sip.example.com' },
});

/** A phone without a network, which tests let ring, answer or refuse. */
class FakePhone implements OutboundLeg {
  readonly sipCallId = 'out@test';
  readonly transport = 'udp';
  readonly answering = Promise.withResolvers<{ localTag: string; sdp: string }>();
  readonly ended: string[] = [];
  offer = '';
  events!: LegEvents;
  #state: 'new' | 'dialling' | 'answered' | 'over' = 'new';

  constructor() {
    this.answering.promise.catch(() => undefined);
  }

  listen(events: LegEvents): void {
    this.events = events;
  }

  async dial(sdp: string): Promise<{ localTag: string; sdp: string }> {
    this.offer = sdp;
    this.#state = 'dialling';
    try {
      const answer = await this.answering.promise;
      if (this.#state === 'dialling') this.#state = 'answered';
      return answer;
    } catch (error) {
      this.#state = 'over';
      throw error;
    }
  }

  transfer(): Promise<{ status: number; reason: string }> {
    return Promise.resolve({ status: 501, reason: '' });
  }

  sendDtmf(): void {
    this.ended.push('INFO');
  }

  async end(): Promise<number | undefined> {
    await Promise.resolve();
    const how = { new: 'nothing', dialling: 'CANCEL', answered: 'BYE', over: 'nothing' } as const;
    this.ended.push(how[this.#state]);
    const status = this.#state === 'answered' ? 200 : undefined;
    this.#state = 'over';
    this.answering.reject(new DialError(487, 'given up'));
    return status;
  }
}

/** A call out, set up as far as the named state. */
async function callOut(until: 'joining' | 'summoning' | 'dialling' | 'active', earlyMedia = false) {
  const scene = new Scene();
  const phone = new FakePhone();
  const call = new OutboundCall(scene.context, phone, {
    trunk: TRUNK,
    agent: 'bank',
    to: '+12025550187',
    from: '+12025550101',
    ringLimitMs: 45_000,
    earlyMedia,
  });
  call.start();
  scene.binding.resolve();
  scene.token.resolve('jwt');
  await settle();
  const steps = {
    summoning: () => scene.room.joining.resolve(),
    dialling: () => {
      scene.room.publishing.resolve();
      scene.room.events.heard();
    },
    active: () => phone.answering.resolve({ localTag: 'tag', sdp: EXOTEL_OFFER }),
  };
  for (const [state, step] of Object.entries(steps)) {
    if (call.state === until) break;
    step();
    await settle();
    expect(call.state).toBe(state);
  }
  return { scene, phone, call };
}

async function expectNothingLeft({ scene, phone, call }: Awaited<ReturnType<typeof callOut>>) {
  expect(call.state).toBe('ended');
  expect(phone.ended).toHaveLength(1);
  await scene.expectNothingHeld();
}

describe('a call out', () => {
  it('rings nobody before the agent is there, and tells how it goes', async () => {
    const out = await callOut('summoning');
    expect(out.phone.offer).toBe('');
    out.scene.room.publishing.resolve();
    out.scene.room.events.heard();
    await settle();
    expect(out.phone.offer).toContain('RTP/AVP 8 0 101');
    out.phone.events.progress(183, '');
    out.phone.events.progress(180, '');
    out.phone.answering.resolve({ localTag: 'tag', sdp: EXOTEL_OFFER });
    await settle();
    expect(out.scene.room.attributes).toEqual([
      { 'sip.callStatus': 'ringing' },
      { 'sip.callStatus': 'active', 'sip.callTag': 'tag' },
    ]);
    out.phone.events.hungUp(false);
    const record = await out.call.finished;
    expect(record).toMatchObject({
      result: 'callee-hangup',
      agent: 'bank',
      room: out.call.room,
      sip: { direction: 'outbound', codec: 'PCMA', trunk: 'local' },
    });
    await expectNothingLeft(out);
  });

  it.each([
    ['summoning', 'caller-cancel', 'nothing'],
    ['dialling', 'caller-cancel', 'CANCEL'],
    ['active', 'agent-hangup', 'BYE'],
  ] as const)('that is called off while %s ends as %s', async (until, result, how) => {
    const out = await callOut(until);
    expect(out.scene.agentPlaces).toEqual(new Set([out.call.id]));
    out.call.cancel();
    expect((await out.call.finished).result).toBe(result);
    expect(out.phone.ended).toEqual([how]);
    await expectNothingLeft(out);
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('with early media %s hears %d announcement', async (earlyMedia, heard) => {
    const out = await callOut('dialling', earlyMedia);
    out.phone.events.progress(183, EXOTEL_OFFER);
    expect(out.scene.pairs.filter(({ listener }) => listener)).toHaveLength(heard);
    out.call.end({ result: 'drained', detail: 'test' });
    await out.call.finished;
    await expectNothingLeft(out);
  });

  it('whose answer nobody can speak is ended', async () => {
    const out = await callOut('dialling');
    out.phone.answering.resolve({ localTag: 'tag', sdp: '' });
    await settle();
    expect((await out.call.finished).result).toBe('rejected-no-codec');
    expect(out.phone.ended).toEqual(['BYE']);
    await expectNothingLeft(out);
  });

  it.each([
    [486, 'callee-busy'],
    [600, 'callee-busy'],
    [603, 'callee-declined'],
    [403, 'callee-declined'],
    [480, 'callee-no-answer'],
    [408, 'callee-no-answer'],
    [404, 'callee-failed'],
    [503, 'callee-failed'],
  ] as const)('that is refused with %d is a %s', async (status, result) => {
    expect(dialResult(status)).toBe(result);
    const out = await callOut('dialling');
    out.phone.answering.reject(new DialError(status, 'x'));
    await settle();
    expect((await out.call.finished).result).toBe(result);
    await expectNothingLeft(out);
  });

  it('is taken back when the phone rings too long', async () => {
    const out = await callOut('dialling');
    await vi.advanceTimersByTimeAsync(45_000);
    expect((await out.call.finished).result).toBe('callee-no-answer');
    expect(out.phone.ended).toEqual(['CANCEL']);
    await expectNothingLeft(out);
  });
});

describe('whatever happens at any moment of a call out leaves nothing behind', () => {
  const disasters: Record<string, (out: Awaited<ReturnType<typeof callOut>>) => void> = {
    'the room is deleted': ({ scene }) => scene.room.delete(),
    'the bridge is shut down': ({ call }) => call.end({ result: 'drained', detail: 'test' }),
    'the agent asks for the end': ({ scene }) =>
      void scene.room.events.rpc('lk.sip.EndCall', '').catch(() => undefined),
    'time passes': () => undefined,
  };
  for (const [disaster, strike] of Object.entries(disasters)) {
    it.each(['joining', 'summoning', 'dialling', 'active'] as const)(
      `${disaster} while %s`,
      async (moment) => {
        const out = await callOut(moment);
        strike(out);
        await vi.advanceTimersByTimeAsync(100_000);
        out.scene.room.joining.resolve();
        out.scene.room.publishing.resolve();
        await vi.advanceTimersByTimeAsync(60_000);
        await expectNothingLeft(out);
      },
    );
  }
});
