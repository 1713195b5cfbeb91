import type { CallRecord } from '@patchbay/common/call-record';
import { RecordingTracer } from '@patchbay/common/testing/recording-tracer';
import request from 'supertest';
import { expect, it } from 'vitest';
import { traceCall } from './call-trace.ts';
import { bearer, createTestApp } from './test-app.ts';

const record: CallRecord = {
  schemaVersion: 1,
  event: 'call-record',
  callId: 'c'.repeat(32),
  traceId: 'c'.repeat(32),
  door: 'web',
  agent: 'bank',
  room: `web-bank-${'c'.repeat(32)}`,
  at: { startMs: 1_000, answeredMs: 1_100, agentReadyMs: 1_800, endMs: 61_000 },
  result: 'caller-hangup',
  detail: 'The caller hung up.',
  turns: [],
};

it('a web call that is over leaves the span that its trace begins with', () => {
  const tracer = new RecordingTracer();
  traceCall(tracer, record);
  const [root] = tracer.roots;
  expect(root?.place).toEqual({ callId: record.callId });
  expect(root?.all.map(({ name, fromMs, toMs }) => [name, fromMs, toMs])).toEqual([
    ['call', 1_000, 61_000],
    ['wait for the agent', 1_100, 1_800],
    ['talk', 1_800, 61_000],
  ]);
  expect(root?.attributes).toMatchObject({ 'patchbay.room': record.room });
  expect(root?.error).toBeUndefined();
});

it('one without an agent has failed', () => {
  const tracer = new RecordingTracer();
  const { startMs, endMs } = record.at;
  traceCall(tracer, { ...record, at: { startMs, endMs }, result: 'agent-unavailable' });
  expect(tracer.roots[0]?.names).toEqual(['wait for the agent']);
  expect(tracer.roots[0]?.error).toBe('agent-unavailable');
});

it('the token request of a call stands in its trace', async () => {
  const tracer = new RecordingTracer();
  const { app } = createTestApp({ tracer });
  const response = await request(app).get('/api/getToken?agent=bank').set(bearer);
  const { room_name: room } = response.body as { room_name: string };
  const [span] = tracer.parts;
  expect(span?.name).toBe('token request');
  expect(span?.toMs).toBeDefined();
  expect(room.endsWith((span?.place as { callId: string }).callId)).toBe(true);
});

it('a refused request leaves none', async () => {
  const tracer = new RecordingTracer();
  const { app } = createTestApp({ tracer });
  await request(app).get('/api/getToken?agent=nobody').set(bearer);
  expect(tracer.parts).toEqual([]);
});
