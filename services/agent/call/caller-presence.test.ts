import { DisconnectReason } from '@livekit/rtc-node';
import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ToldRoom } from '../testing/told-room.ts';
import { watchPresence } from './caller-presence.ts';

const { CLIENT_INITIATED, SIGNAL_CLOSE } = DisconnectReason;

let room: ToldRoom;
let left: number;
let presence: { close(): void };
beforeEach(() => {
  vi.useFakeTimers();
  room = new ToldRoom();
  left = 0;
  room.joins('caller');
  room.joins('somebody');
  presence = watch();
});
afterEach(() => {
  presence.close();
  expect([vi.getTimerCount(), room.watchers]).toEqual([0, 0]);
  vi.useRealTimers();
});

function watch() {
  const log = silentLogger();
  return watchPresence({ room: room.room, identity: 'caller', log, onLeft: () => left++ });
}

describe('a caller', () => {
  it('who says goodbye has left at once', () => {
    room.leaves('caller', CLIENT_INITIATED);
    expect(left).toBe(1);
  });

  it('who loses the connection has left after three seconds', () => {
    room.leaves('caller', SIGNAL_CLOSE);
    vi.advanceTimersByTime(2_999);
    expect(left).toBe(0);
    vi.advanceTimersByTime(1);
    expect(left).toBe(1);
  });

  it('who comes back in time has not left', () => {
    room.leaves('caller', SIGNAL_CLOSE);
    vi.advanceTimersByTime(2_000);
    room.joins('caller');
    vi.advanceTimersByTime(60_000);
    expect(left).toBe(0);
  });

  it('who loses the connection twice has three seconds each time', () => {
    room.leaves('caller', SIGNAL_CLOSE);
    vi.advanceTimersByTime(2_000);
    room.joins('caller');
    vi.advanceTimersByTime(900);
    room.leaves('caller', SIGNAL_CLOSE);
    vi.advanceTimersByTime(2_999);
    expect(left).toBe(0);
    vi.advanceTimersByTime(1);
    expect(left).toBe(1);
  });

  it('who had left before anybody looked has left', () => {
    presence.close();
    room.leaves('caller', CLIENT_INITIATED);
    presence = watch();
    expect(left).toBe(1);
  });

  it('is none of the others, and not looked for after the call', () => {
    room.leaves('somebody', CLIENT_INITIATED);
    room.leaves('caller', SIGNAL_CLOSE);
    presence.close();
    vi.advanceTimersByTime(60_000);
    expect(left).toBe(0);
  });
});
