import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { Attendant, type RoomDesk, type RoomPresence } from './attendant.ts';
import type { RoomEvent } from './livekit/events.ts';

const ROOM = 'reach-bank-0123';

/** A room as LiveKit would tell it, and what was done to it. */
class FakeDesk implements RoomDesk {
  room: RoomPresence | undefined = { caller: true, agent: false };
  metadata: string | undefined = '{"agent":"bank"}';
  away = false;
  readonly acts: string[] = [];

  presence(): Promise<RoomPresence | undefined> {
    return this.away ? Promise.reject(new Error('away')) : Promise.resolve(this.room);
  }
  wanted(): Promise<string | undefined> {
    return Promise.resolve(this.metadata);
  }
  sendAgent(room: string, metadata: string): Promise<void> {
    this.acts.push(`send ${room} ${metadata}`);
    return Promise.resolve();
  }
  apologise(room: string): Promise<void> {
    this.acts.push(`apologise ${room}`);
    return Promise.resolve();
  }
  close(room: string): Promise<void> {
    this.acts.push(`close ${room}`);
    this.room = undefined;
    return Promise.resolve();
  }
}

const SENT = `send ${ROOM} {"agent":"bank"}`;

function event(name: string, kind?: string): RoomEvent {
  return {
    event: name,
    id: '',
    room: { name: ROOM },
    ...(kind === undefined
      ? {}
      : { participant: { identity: 'x', kind, disconnectReason: 'UNKNOWN_REASON' } }),
  };
}

let desk: FakeDesk;
let counted: string[];
let attendant: Attendant;

beforeEach(() => {
  vi.useFakeTimers();
  desk = new FakeDesk();
  counted = [];
  attendant = new Attendant({ desk, log: silentLogger(), count: (what) => counted.push(what) });
});
afterEach(async () => {
  await attendant.close();
  vi.useRealTimers();
});

describe('a caller who joins', () => {
  it('is left to the agent that LiveKit has sent for', async () => {
    attendant.handle(event('participant_joined', 'SIP'));
    desk.room = { caller: true, agent: true };
    await vi.advanceTimersByTimeAsync(30_000);
    expect(desk.acts).toEqual([]);
    expect(attendant.watching).toBe(0);
  });

  it.each(['SIP', 'STANDARD'])('(%s) gets an agent sent for again after 2 s', async (kind) => {
    attendant.handle(event('participant_joined', kind));
    await vi.advanceTimersByTimeAsync(1_900);
    expect(desk.acts).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(desk.acts).toEqual([SENT]);
    desk.room = { caller: true, agent: true };
    await vi.advanceTimersByTimeAsync(30_000);
    expect(desk.acts).toEqual([SENT]);
    expect(counted).toEqual(['sent']);
  });

  it('hears an apology after 10 s without an agent, and the room is closed', async () => {
    attendant.handle(event('participant_joined', 'SIP'));
    await vi.advanceTimersByTimeAsync(9_900);
    expect(desk.acts).toEqual([SENT, SENT, SENT, SENT]);
    await vi.advanceTimersByTimeAsync(200);
    expect(desk.acts.slice(4)).toEqual([`apologise ${ROOM}`, `close ${ROOM}`]);
    expect(counted.at(-1)).toBe('gave-up');
    expect(attendant.watching).toBe(0);
  });

  it('and leaves again is not looked after any more', async () => {
    attendant.handle(event('participant_joined', 'SIP'));
    desk.room = { caller: false, agent: false };
    await vi.advanceTimersByTimeAsync(30_000);
    expect(desk.acts).toEqual([]);
  });

  it('of a room that has ended is not looked after any more', async () => {
    attendant.handle(event('participant_joined', 'SIP'));
    attendant.handle(event('room_finished'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(desk.acts).toEqual([]);
    expect(attendant.watching).toBe(0);
  });

  it('in a room that is none of ours is left alone', async () => {
    desk.metadata = undefined;
    attendant.handle(event('participant_joined', 'STANDARD'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(desk.acts).toEqual([]);
  });
});

describe('an agent that is lost in mid-call', () => {
  it('is replaced at once', async () => {
    attendant.handle(event('participant_left', 'AGENT'));
    await vi.advanceTimersByTimeAsync(300);
    expect(desk.acts).toEqual([SENT]);
  });

  it('is not replaced if it has ended the call', async () => {
    attendant.handle(event('participant_left', 'AGENT'));
    desk.room = undefined;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(desk.acts).toEqual([]);
  });
});

describe('LiveKit', () => {
  it('that does not answer for a while is asked again', async () => {
    desk.away = true;
    attendant.handle(event('participant_joined', 'SIP'));
    await vi.advanceTimersByTimeAsync(5_000);
    desk.away = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(desk.acts).toEqual([SENT]);
  });

  it('that never answers is not asked for ever', async () => {
    desk.away = true;
    attendant.handle(event('participant_joined', 'SIP'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(attendant.watching).toBe(0);
  });
});

it('forgets every room when it is closed', async () => {
  attendant.handle(event('participant_joined', 'SIP'));
  await attendant.close();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(desk.acts).toEqual([]);
  expect(attendant.watching).toBe(0);
});
