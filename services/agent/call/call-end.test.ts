import { DisconnectReason } from '@livekit/rtc-node';
import type { EndReport } from '@patchbay/common/room-contract';
import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobEvent } from '../job-events.ts';
import type { TransferOutcome } from '../phone/transfer.ts';
import { CallEnd } from './call-end.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A call whose room says that it is gone when it is deleted, as LiveKit does. */
function call() {
  const steps: string[] = [];
  const reports: EndReport[] = [];
  const results: string[] = [];
  const end: CallEnd = new CallEnd({
    reports: {
      end: (report) => void reports.push(report),
      tellSummary: () => Promise.resolve(void steps.push('summary')),
    },
    deleteRoom: () => {
      steps.push('room deleted');
      end.onRoomGone(DisconnectReason.ROOM_DELETED);
      return Promise.resolve();
    },
    shutdown: (reason) => void steps.push(`job ends: ${reason}`),
    tell: (event: JobEvent) => void (event.event === 'ended' && results.push(event.result)),
    onResult: () => undefined,
    log: silentLogger(),
  });
  end.hold('a thing', () => void steps.push('given back'));
  end.onBegin(() => void steps.push('begins'));
  const transfer = () => {
    const door = Promise.withResolvers<TransferOutcome>();
    void end.transfer(() => door.promise);
    return door;
  };
  return { end, steps, reports, results, transfer };
}

const HANGING = () => new Promise<void>(() => undefined);

describe('an agent that hangs up', () => {
  it('says why, then its last words, and half a second later the room is gone', async () => {
    const { end, steps, reports, results } = call();
    const words = Promise.withResolvers<void>();
    void end.hangUp('agent-hangup', () => words.promise);
    expect(reports).toEqual([{ cause: 'agent-hangup' }]);
    await pass(5_000);
    expect(steps).toEqual(['begins']);
    words.resolve();
    await pass(499);
    expect(steps).toEqual(['begins']);
    await pass(1);
    const order = ['begins', 'given back', 'summary', 'room deleted', 'job ends: agent-hangup'];
    expect(steps).toEqual(order);
    expect(results).toEqual(['agent-hangup']);
  });

  it.each([
    ['can not be said', () => Promise.reject(new Error('no voice'))],
    ['have no end', HANGING],
  ])('does so too when its last words %s', async (_, words) => {
    const { end, results } = call();
    void end.hangUp('provider-failure', words);
    await pass(31_000);
    expect(results).toEqual(['provider-failure']);
  });

  it('does not wait for anybody to hear it when the caller has left', async () => {
    const { end, steps, results } = call();
    void end.hangUp('agent-hangup', HANGING);
    await pass(100);
    void end.onCallerLeft();
    await pass(0);
    expect(results).toEqual(['agent-hangup']);
    expect(steps.at(-1)).toBe('job ends: agent-hangup');
  });
});

describe('something that nobody has foreseen', () => {
  it('ends the call after last words, if there is somebody to hear them', async () => {
    const { end, steps, results, reports } = call();
    const words = Promise.withResolvers<void>();
    void end.fail(new Error('unforeseen'), () => words.promise);
    await pass(5_000);
    expect([steps, results]).toEqual([['begins'], []]);
    words.resolve();
    await pass(500);
    expect(results).toEqual(['internal-error']);
    // No agent has decided on this end.
    expect(reports).toEqual([]);
  });

  it.each([
    ['fail', () => Promise.reject(new Error('no voice')), 500],
    ['have no end', HANGING, 30_500],
  ])('ends it too when these %s', async (_, words, afterMs) => {
    const { end, results } = call();
    void end.fail(new Error('unforeseen'), words);
    await pass(afterMs);
    expect(results).toEqual(['internal-error']);
  });

  it('changes nothing where the agent hangs up already', async () => {
    const { end, results } = call();
    const said: string[] = [];
    void end.hangUp('agent-hangup');
    void end.fail(new Error('unforeseen'), () => Promise.resolve(void said.push('sorry')));
    await pass(1_000);
    expect([results, said]).toEqual([['agent-hangup'], []]);
  });
});

/** Everything that ends a call, and the result if it comes first. */
const REASONS = {
  'the agent hangs up': ['agent-hangup', (end) => end.hangUp('agent-hangup')],
  'a provider fails': ['provider-failure', (end) => end.hangUp('provider-failure', HANGING)],
  'the caller leaves': ['caller-hangup', (end) => end.onCallerLeft()],
  'the door deletes the room': [
    'caller-hangup',
    (end) => end.onRoomGone(DisconnectReason.ROOM_DELETED),
  ],
  'the connection is lost': ['room-lost', (end) => end.onRoomGone(DisconnectReason.UNKNOWN_REASON)],
  'the worker has to stop': [
    'drained',
    (end) => {
      // As the framework does it: it leaves the room, then asks for what is left to do.
      end.onRoomGone(DisconnectReason.CLIENT_INITIATED);
      end.onJobEnds();
    },
  ],
  'something breaks': ['internal-error', (end) => end.fail(new Error('unforeseen'))],
  'something breaks, with an apology': [
    'internal-error',
    (end) => end.fail(new Error('unforeseen'), HANGING),
  ],
  'nobody came': ['no-caller', (end) => end.leave('no-caller')],
  'another agent is there': ['not-needed', (end) => end.standBack()],
} satisfies Record<string, [result: string, act: (end: CallEnd) => unknown]>;

describe('a call ends once, and gives everything back', () => {
  const reasons = Object.entries(REASONS);
  const pairs = reasons.flatMap(([first, [result, act]]) =>
    reasons.map(([then, [, next]]) => ({ first, then, result, act, next })),
  );
  it.each(pairs)('$first, then $then: $result', async ({ result, act, next }) => {
    const { end, steps, results } = call();
    void act(end);
    void next(end);
    await pass(31_000);
    expect(results).toEqual([result]);
    expect(steps.filter((step) => step === 'given back')).toHaveLength(1);
    expect(steps.filter((step) => step === 'begins')).toHaveLength(1);
    expect(steps.filter((step) => step === 'room deleted').length).toBeLessThan(2);
    expect(end.begun.aborted).toBe(true);
  });
});

describe('what a call takes when it is over already', () => {
  it('is given back at once', async () => {
    const { end } = call();
    await end.leave('caller-hangup');
    const late: string[] = [];
    end.hold('late', () => void late.push('given back'));
    end.onBegin(() => late.push('begins'));
    await pass(0);
    expect(late.sort()).toEqual(['begins', 'given back']);
  });
});

describe('a caller who is given to somebody else', () => {
  it('is gone when the other phone was answered', async () => {
    const { end, transfer, results, reports } = call();
    transfer().resolve({ kind: 'done' });
    await pass(0);
    void end.onCallerLeft();
    await pass(1_000);
    expect(results).toEqual(['transferred']);
    expect(reports).toEqual([{ cause: 'transferred' }]);
  });

  it.each([
    ['the door says that it worked', { kind: 'done' }, 'transferred'],
    ['the door says nothing', undefined, 'transferred'],
    ['the door says that it did not work', { kind: 'failed', status: 487 }, 'caller-hangup'],
  ] as const)('may be gone before the door’s word: if %s', async (_, outcome, result) => {
    const { end, transfer, results, reports } = call();
    const door = transfer();
    void end.onCallerLeft();
    expect(end.gone.aborted).toBe(true);
    await pass(300);
    expect(results).toEqual([]);
    if (outcome) door.resolve(outcome);
    await pass(1_000);
    expect(results).toEqual([result]);
    expect(reports).toEqual(result === 'transferred' ? [{ cause: result }] : []);
  });

  it('and whom nobody takes goes on with the call', async () => {
    const { end, transfer, results } = call();
    transfer().resolve({ kind: 'failed', status: 486 });
    await pass(60_000);
    expect(results).toEqual([]);
    expect(end.begun.aborted).toBe(false);
    await end.onCallerLeft();
    expect(results).toEqual(['caller-hangup']);
  });

  it('by a door that then deletes the room was transferred', async () => {
    const { end, transfer, results } = call();
    transfer();
    end.onRoomGone(DisconnectReason.ROOM_DELETED);
    await pass(0);
    expect(results).toEqual(['transferred']);
  });
});
