import { describe, expect, it } from 'vitest';
import { CallDesk } from './call-desk.ts';
import type { Caller } from './caller.ts';
import { planSchema, type CallOrder } from './plan.ts';
import { TokenError } from './web-token.ts';

const plan = (order: Partial<CallOrder> = {}) =>
  planSchema.parse({ door: 'phone', agent: 'bank', hangUp: 'ringing', ...order });

/** A caller to whom nothing happens but what the test says. */
function fakeCaller(given: Partial<Caller> = {}): Caller & { hungUp: boolean } {
  const over = Promise.withResolvers<string>();
  const caller = {
    hungUp: false,
    answered: Promise.resolve(),
    ringing: Promise.resolve(),
    ended: over.promise,
    reference: 'ref',
    stepsMs: { ring: 12 },
    play: () => Promise.resolve({ startedAtMs: 0, lastLoudAtMs: 0 }),
    nextUtterance: () => Promise.reject(new Error('nothing was heard')),
    waitForSpeechStart: () => Promise.resolve(0),
    onHeard: () => () => undefined,
    sendDtmf: () => Promise.resolve(),
    hangUp: () => {
      caller.hungUp = true;
      over.resolve('us');
      return Promise.resolve();
    },
    network: () => undefined,
    pacingMs: () => ({ p50: 0, p99: 0, max: 0 }),
    stages: () => Promise.resolve([{ llm: 50 }]),
    ...given,
  };
  return caller;
}

function desk(dial: () => Promise<Caller>, given: { maxCalls?: number; doubt?: string } = {}) {
  return new CallDesk({
    dial,
    overload: { doubt: () => given.doubt },
    maxCalls: given.maxCalls ?? 10,
    trunk: 'local',
  });
}

async function resultOf(calls: CallDesk, order: Partial<CallOrder> = {}) {
  const id = calls.place(plan(order)) ?? '';
  await calls.settled(id, 5_000);
  const result = calls.get(id);
  if (!result) throw new Error('the call was not placed');
  return result;
}

describe('the driver’s desk', () => {
  it('makes a call as planned and keeps what became of it', async () => {
    const caller = fakeCaller();
    const result = await resultOf(desk(() => Promise.resolve(caller)));
    expect(result).toMatchObject({
      state: 'done',
      ok: true,
      budgetDoor: 'reach',
      trunk: 'local',
      atOnce: 1,
      stepsMs: { ring: 12 },
      stages: [{ llm: 50 }],
      endedBy: 'us',
      vouched: true,
    });
    expect(caller.hungUp).toBe(true);
  });

  it.each<[string, () => Promise<Caller>, string]>([
    ['the API refuses a token', () => Promise.reject(new TokenError('503 full', 503)), 'token'],
    ['the call can not be placed', () => Promise.reject(new Error('no route')), 'dial'],
    [
      'it is refused while it rings',
      () => Promise.resolve(fakeCaller({ ringing: Promise.reject(new Error('refused: 486')) })),
      'ring',
    ],
  ])('says at which step it failed when %s', async (_what, dial, step) => {
    const result = await resultOf(desk(dial));
    expect(result).toMatchObject({ ok: false, failure: { step } });
    expect(result.failure?.reason).not.toBe('');
  });

  it('fails a call whose agent says nothing', async () => {
    const result = await resultOf(
      desk(() => Promise.resolve(fakeCaller())),
      { hangUp: 'steps' },
    );
    expect(result.failure).toEqual({ step: 'greeting', reason: 'nothing was heard' });
  });

  it('takes no more calls than it may, and counts those that are up', async () => {
    const stuck = desk(() => Promise.resolve(fakeCaller({ ringing: new Promise(() => {}) })), {
      maxCalls: 2,
    });
    const first = stuck.place(plan());
    const second = stuck.place(plan());
    expect(stuck.place(plan())).toBeUndefined();
    expect(stuck.get(second ?? '')?.atOnce).toBe(2);
    stuck.breakOff(first ?? '', 'enough');
    await stuck.settled(first ?? '', 5_000);
    expect(stuck.get(first ?? '')?.failure).toEqual({ step: 'limit', reason: 'enough' });
    expect(stuck.active).toBe(1);
    await stuck.close();
    expect(stuck.active).toBe(0);
  });

  it('does not vouch for a call during which it was overloaded itself', async () => {
    const busy = desk(() => Promise.resolve(fakeCaller()), { doubt: 'too busy' });
    expect(await resultOf(busy)).toMatchObject({ ok: true, vouched: false, doubt: 'too busy' });
  });
});
