import { RecordingTracer } from '@patchbay/common/testing/recording-tracer';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Scene, settle } from './testing/scene.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SET_UP = [
  'admit',
  'bind an RTP port',
  'join the room',
  'wait for the agent',
  'answer',
  'talk',
  'give back',
];

it('an answered call leaves a trace with a step for each state and nothing open', async () => {
  const tracer = new RecordingTracer();
  const scene = new Scene({ tracer });
  await scene.until('both are talking');
  await vi.advanceTimersByTimeAsync(5_000);
  scene.leg.events.hungUp(false);
  await settle();
  const record = await scene.call.finished;

  const [root] = tracer.roots;
  expect(root?.place).toEqual({ callId: record.callId });
  expect(root?.names).toEqual(SET_UP);
  expect(root?.all.filter(({ toMs }) => toMs === undefined)).toEqual([]);
  expect(root?.error).toBeUndefined();
  expect(root?.attributes).toMatchObject({
    'patchbay.callId': record.callId,
    'patchbay.door': 'reach',
    'patchbay.room': record.room,
    'patchbay.result': 'caller-hangup',
    'sip.callId': record.sip?.callId,
    'sip.status': 200,
  });
  const talk = root?.find('talk');
  expect((talk?.toMs ?? 0) - (talk?.fromMs ?? 0)).toBe(5_000);
});

it('a refused call has no more than its refusal, which is told as a failure', async () => {
  const tracer = new RecordingTracer();
  const scene = new Scene({
    tracer,
    refusal: { result: 'rejected-draining', detail: 'The bridge is shutting down.' },
  });
  scene.call.start();
  await settle();
  await scene.call.finished;
  const [root] = tracer.roots;
  expect(root?.names).toEqual(['admit', 'give back']);
  expect(root?.error).toBe('rejected-draining');
});

it('no number of anybody stands in a trace', async () => {
  const tracer = new RecordingTracer();
  const scene = new Scene({ tracer });
  await scene.until('both are talking');
  scene.leg.events.hungUp(false);
  await settle();
  await scene.call.finished;
  const { callerUser, calledUser } = scene.leg.invite;
  const spans = JSON.stringify(tracer.roots[0]?.all);
  expect(spans).not.toContain(callerUser);
  expect(spans).not.toContain(calledUser);
});
