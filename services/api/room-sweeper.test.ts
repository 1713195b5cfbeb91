import { silentLogger } from '@patchbay/common/logger';
import { roomName } from '@patchbay/common/room-contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomSweeper, type RoomList } from './room-sweeper.ts';

const ROOM = roomName('reach', 'bank', 'a'.repeat(32));
const OTHER = roomName('web', 'bank', 'b'.repeat(32));

/** Rooms LiveKit lists, with how many are in them. */
class FakeList implements RoomList {
  readonly rooms = new Map<string, number>();
  readonly asked: string[][] = [];
  away = false;

  listed(names: string[]): Promise<string[]> {
    this.asked.push(names);
    if (this.away) return Promise.reject(new Error('away'));
    return Promise.resolve(names.filter((name) => this.rooms.has(name)));
  }
  isEmpty(room: string): Promise<boolean> {
    return Promise.resolve(this.rooms.get(room) === 0);
  }
  remove(room: string): Promise<void> {
    this.rooms.delete(room);
    return Promise.resolve();
  }
}

let list: FakeList;
let swept: number;
let sweeper: RoomSweeper;

beforeEach(() => {
  vi.useFakeTimers();
  list = new FakeList();
  swept = 0;
  sweeper = new RoomSweeper({ list, log: silentLogger(), swept: () => (swept += 1) });
});
afterEach(async () => {
  await sweeper.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const finished = (name: string) =>
  sweeper.handle({ event: 'room_finished', id: '', room: { name } });

describe('a room that is over', () => {
  it('is taken off the list if LiveKit still lists it ten seconds later', async () => {
    list.rooms.set(ROOM, 0);
    finished(ROOM);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(list.rooms.has(ROOM)).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(list.rooms.has(ROOM)).toBe(false);
    expect(swept).toBe(1);
  });

  it('is forgotten when it is seen to be gone', async () => {
    list.rooms.set(ROOM, 0);
    finished(ROOM);
    await vi.advanceTimersByTimeAsync(20_000);
    expect([sweeper.waiting, list.asked.length]).toEqual([0, 2]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(list.asked.length).toBe(2);
  });

  it('is let be while somebody is in it, and taken off when nobody is', async () => {
    list.rooms.set(ROOM, 1);
    finished(ROOM);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(list.rooms.has(ROOM)).toBe(true);
    list.rooms.set(ROOM, 0);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(list.rooms.has(ROOM)).toBe(false);
  });

  it('is looked for again if LiveKit did not answer', async () => {
    list.rooms.set(ROOM, 0);
    list.away = true;
    finished(ROOM);
    await vi.advanceTimersByTimeAsync(10_000);
    list.away = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(swept).toBe(1);
  });

  it('is looked for no longer than five minutes', async () => {
    list.away = true;
    finished(ROOM);
    await vi.advanceTimersByTimeAsync(600_000);
    expect([sweeper.waiting, list.asked.length]).toEqual([0, 30]);
  });

  it('is asked about together with others that ended then', async () => {
    finished(ROOM);
    finished(OTHER);
    await vi.advanceTimersByTimeAsync(10_100);
    expect(list.asked.flat().sort()).toEqual([ROOM, OTHER].sort());
    expect(list.asked.length).toBeLessThanOrEqual(2);
  });

  it('is not asked about if it is none of ours, or has only begun', async () => {
    finished('somebody-elses-room');
    sweeper.handle({ event: 'room_started', id: '', room: { name: ROOM } });
    expect(sweeper.waiting).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(list.asked).toEqual([]);
  });
});
