import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AGENT_RETURN_MS } from '@patchbay/common/topics';
import { AGENT_WAIT_MS, Call, type CallState } from './call.ts';
import { Problem } from './problems.ts';
import type { RoomNews, RoomOptions } from './room.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A call whose microphone, API and room do what the test says. */
function setUp(change: Partial<ConstructorParameters<typeof Call>[0]> = {}) {
  const log: string[] = [];
  const states: CallState[] = [];
  let onNews: (news: RoomNews) => void = () => undefined;
  const call = new Call({
    openMicrophone: () => {
      log.push('microphone opened');
      return Promise.resolve({ stop: () => void log.push('microphone stopped') });
    },
    fetchTicket: () => Promise.resolve({ serverUrl: 'ws://x', token: 't' }),
    openRoom: (options: RoomOptions) => {
      onNews = options.onNews;
      return {
        join: () => Promise.resolve(void log.push('joined')),
        setMuted: (muted) => Promise.resolve(void log.push(muted ? 'muted' : 'unmuted')),
        startSound: () => Promise.resolve(),
        levels: () => ({ you: 0, agent: 0 }),
        leave: () => Promise.resolve(void log.push('left')),
      };
    },
    openCaption: () => ({ add: () => undefined, end: () => undefined }),
    onChange: (state) => {
      if (states.at(-1)?.phase !== state.phase) states.push(state);
    },
    ...change,
  });
  const live = async () => {
    await call.start('bank');
    onNews({ kind: 'agent-heard' });
  };
  return {
    call,
    log,
    live,
    hear: (news: RoomNews) => onNews(news),
    /** The way into the room as it is now, to be used when it no longer is. */
    listener: () => onNews,
    phases: () => states.map((state) => state.phase),
  };
}

describe('a call', () => {
  it('goes from the microphone to the agent’s voice to the hang-up', async () => {
    const { call, log, live, hear, phases } = setUp();
    await live();
    hear({ kind: 'agent-state', state: 'speaking' });
    expect(call.state).toMatchObject({ phase: 'live', agent: 'speaking' });
    vi.advanceTimersByTime(65_000);
    call.hangUp();
    expect(call.state).toEqual({ phase: 'ended', by: 'caller', seconds: 65 });
    expect(phases()).toEqual(['asking-microphone', 'connecting', 'joining', 'live', 'ended']);
    expect(log).toEqual(['microphone opened', 'joined', 'microphone stopped', 'left']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('asks nobody for a room when there is no microphone', async () => {
    const fetchTicket = vi.fn();
    const { call } = setUp({
      openMicrophone: () => Promise.reject(new Problem('microphone-refused')),
      fetchTicket,
    });
    await call.start('bank');
    expect(call.state).toEqual({ phase: 'failed', problem: 'microphone-refused' });
    expect(fetchTicket).not.toHaveBeenCalled();
  });

  it('gives the microphone back when the server says no, and keeps how long to wait', async () => {
    const { call, log } = setUp({
      fetchTicket: () => Promise.reject(new Problem('full', { retryAfterSeconds: 10 })),
    });
    await call.start('bank');
    expect(call.state).toEqual({ phase: 'failed', problem: 'full', retryAfterSeconds: 10 });
    expect(log).toEqual(['microphone opened', 'microphone stopped']);
  });

  it('takes an error nobody foresaw for one too', async () => {
    const { call } = setUp({
      openRoom: () => {
        throw new TypeError('oh');
      },
    });
    await call.start('bank');
    expect(call.state).toEqual({ phase: 'failed', problem: 'unexpected' });
    expect(call.busy).toBe(false);
  });

  it('gives up when the agent does not come in twenty seconds', async () => {
    const { call, log } = setUp();
    await call.start('bank');
    vi.advanceTimersByTime(AGENT_WAIT_MS - 1);
    expect(call.state.phase).toBe('joining');
    vi.advanceTimersByTime(1);
    expect(call.state).toEqual({ phase: 'failed', problem: 'agent-absent' });
    expect(log.slice(-2)).toEqual(['microphone stopped', 'left']);
  });

  it('waits a moment for an agent that dropped out', async () => {
    const { call, live, hear } = setUp();
    await live();
    hear({ kind: 'agent-left' });
    vi.advanceTimersByTime(AGENT_RETURN_MS - 1);
    hear({ kind: 'agent-heard' });
    vi.advanceTimersByTime(AGENT_RETURN_MS);
    expect(call.state.phase).toBe('live');
    hear({ kind: 'agent-left' });
    vi.advanceTimersByTime(AGENT_RETURN_MS);
    expect(call.state).toEqual({ phase: 'failed', problem: 'agent-left' });
  });

  it.each([
    ['agent-hangup', { phase: 'ended', by: 'agent', seconds: 0 }],
    ['provider-failure', { phase: 'failed', problem: 'agent-trouble' }],
    ['unknown-agent', { phase: 'failed', problem: 'agent-unknown' }],
    ['no-agent', { phase: 'failed', problem: 'agent-absent' }],
  ])('tells the caller how the agent ended it: %s', async (cause, state) => {
    const { call, live, hear } = setUp();
    await live();
    hear({ kind: 'agent-ends', cause });
    hear({ kind: 'closed', by: 'agent' });
    expect(call.state).toEqual(state);
    const byLeaving = setUp();
    await byLeaving.live();
    byLeaving.hear({ kind: 'agent-ends', cause });
    byLeaving.hear({ kind: 'agent-left' });
    expect(byLeaving.call.state).toEqual(state);
  });

  it('says that the connection was lost', async () => {
    const { call, live, hear } = setUp();
    await live();
    hear({ kind: 'link', up: false });
    expect(call.extras.reconnecting).toBe(true);
    hear({ kind: 'closed', by: 'loss' });
    expect(call.state).toEqual({ phase: 'failed', problem: 'connection-lost' });
  });

  it('lets the caller mute as soon as the agent is heard, though joining is not done', async () => {
    const joining = Promise.withResolvers<void>();
    const log: string[] = [];
    let hear: (news: RoomNews) => void = () => undefined;
    const { call } = setUp({
      openRoom: ({ onNews }) => {
        hear = onNews;
        return {
          join: () => joining.promise,
          setMuted: (muted) => Promise.resolve(void log.push(`muted ${muted}`)),
          startSound: () => Promise.resolve(),
          levels: () => ({ you: 0, agent: 0 }),
          leave: () => Promise.resolve(),
        };
      },
    });
    const started = call.start('bank');
    await vi.advanceTimersByTimeAsync(0);
    hear({ kind: 'agent-heard' });
    await call.toggleMute();
    expect(log).toEqual(['muted true']);
    joining.resolve();
    await started;
    expect(call.state.phase).toBe('live');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('mutes and unmutes, and does not pretend when the microphone does not come back', async () => {
    const { call, live, log } = setUp();
    await call.toggleMute();
    await live();
    await call.toggleMute();
    expect(call.extras.muted).toBe(true);
    await call.toggleMute();
    expect(log.slice(-2)).toEqual(['muted', 'unmuted']);
    expect(call.extras.muted).toBe(false);
  });

  it.each(['microphone', 'ticket', 'room'] as const)(
    'releases everything when the caller hangs up while waiting for the %s',
    async (step) => {
      const gate = Promise.withResolvers<void>();
      const log: string[] = [];
      const wait = async (at: string) => {
        if (at === step) await gate.promise;
      };
      const { call } = setUp({
        openMicrophone: async () => {
          await wait('microphone');
          return { stop: () => void log.push('microphone stopped') };
        },
        fetchTicket: async () => {
          await wait('ticket');
          return { serverUrl: 'ws://x', token: 't' };
        },
        openRoom: () => {
          log.push('opened');
          return {
            join: () => wait('room'),
            setMuted: () => Promise.resolve(),
            startSound: () => Promise.resolve(),
            levels: () => ({ you: 0, agent: 0 }),
            leave: () => Promise.resolve(void log.push('left')),
          };
        },
      });
      const started = call.start('bank');
      await vi.advanceTimersByTimeAsync(0);
      call.hangUp();
      expect(call.state).toEqual({ phase: 'ended', by: 'caller', seconds: 0 });
      gate.resolve();
      await started;
      expect(call.state.phase).toBe('ended');
      expect(log).toContain('microphone stopped');
      expect(log.includes('opened')).toBe(log.includes('left'));
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('lets no late news of one call into the next', async () => {
    const { call, live, listener } = setUp();
    await live();
    const old = listener();
    call.hangUp();
    old({ kind: 'closed', by: 'loss' });
    expect(call.state.phase).toBe('ended');
    await call.start('bank');
    old({ kind: 'agent-heard' });
    old({ kind: 'closed', by: 'loss' });
    expect(call.state.phase).toBe('joining');
  });

  it('is one at a time', async () => {
    const { call, log } = setUp();
    await call.start('bank');
    await call.start('support');
    expect(log).toEqual(['microphone opened', 'joined']);
  });
});
