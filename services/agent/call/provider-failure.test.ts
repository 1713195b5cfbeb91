import { EventEmitter } from 'node:events';
import type { voice } from '@livekit/agents';
import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { JobEvent } from '../job-events.ts';
import { ProviderFault } from '../providers/faults.ts';
import { ToldRoom } from '../testing/told-room.ts';
import type { CallContext } from './call-context.ts';
import { CallEnd } from './call-end.ts';
import { endWithApology } from './provider-failure.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A call whose session is only starting, of a caller by phone. */
function call(callStatus: string) {
  const said: string[] = [];
  const told: JobEvent[] = [];
  const log = silentLogger();
  const end = new CallEnd({
    reports: { end: () => undefined, tellSummary: () => Promise.resolve() },
    deleteRoom: () => Promise.resolve(),
    shutdown: () => undefined,
    tell: (event) => told.push(event),
    onResult: () => undefined,
    log,
  });
  const session = Object.assign(new EventEmitter(), {
    agentState: 'initializing',
    input: { setAudioEnabled: () => undefined },
    interrupt: () => {
      if (session.agentState === 'initializing') throw new Error('AgentSession is not running');
      return { await: Promise.resolve() };
    },
    say: (words: string) => {
      said.push(words);
      return { addDoneCallback: (done: () => void) => done() };
    },
  });
  const room = new ToldRoom();
  const participant = room.joins('phone', { 'sip.callStatus': callStatus });
  const recording = { sampleRateHz: 8_000, samples: new Int16Array(0) };
  const deps = {
    log,
    tell: (event: JobEvent) => told.push(event),
    apologyIn: (language: string) => ({ text: `Sorry (${language}).`, recording }),
  };
  const context = { deps, room: room.room, participant, end } as unknown as CallContext;
  const fault = new ProviderFault({
    kind: 'failed',
    stage: 'stt',
    provider: 'deepgram',
    variable: 'DEEPGRAM_API_KEY',
  });
  return {
    said,
    told,
    room,
    end,
    fail: () =>
      endWithApology(context, session as unknown as voice.AgentSession, {
        faults: [fault],
        language: 'en-US',
      }),
    sessionRuns: () => {
      session.agentState = 'listening';
      session.emit('agent_state_changed');
      return vi.advanceTimersByTimeAsync(0);
    },
  };
}

it('a provider that fails while the session starts is apologised for as soon as it runs', async () => {
  const { said, told, fail, sessionRuns } = call('active');
  fail();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(said).toEqual([]);
  await sessionRuns();
  expect(said).toEqual(['Sorry (en-US).']);
  await vi.advanceTimersByTimeAsync(500);
  expect(told).toEqual([
    { event: 'provider-fault', provider: 'deepgram', stage: 'stt', kind: 'failed' },
    { event: 'ended', result: 'provider-failure' },
  ]);
});

it('nobody is apologised to before the phone is answered, and only once', async () => {
  const { said, told, room, fail, sessionRuns } = call('ringing');
  fail();
  fail();
  await sessionRuns();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(said).toEqual([]);
  room.becomes('phone', { 'sip.callStatus': 'active' });
  await vi.advanceTimersByTimeAsync(500);
  expect(said).toEqual(['Sorry (en-US).']);
  expect(told.filter(({ event }) => event === 'provider-fault')).toHaveLength(1);
});

it('a caller who hangs up meanwhile is not apologised to', async () => {
  const { said, told, end, fail, sessionRuns } = call('ringing');
  fail();
  void end.onCallerLeft();
  await sessionRuns();
  expect(said).toEqual([]);
  expect(told.at(-1)).toEqual({ event: 'ended', result: 'provider-failure' });
});
