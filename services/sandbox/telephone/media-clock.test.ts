import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MediaClock } from './media-clock.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const now = () => performance.now();

it('ticks every 20 ms, counted from its origin, without drift over minutes', () => {
  const clock = new MediaClock(now);
  const due: number[] = [];
  const stop = clock.start((dueMs) => due.push(dueMs));
  vi.advanceTimersByTime(120_000);
  stop();
  expect(due).toHaveLength(6_000);
  expect(due.every((at, i) => i === 0 || at - due[i - 1]! === 20)).toBe(true);
});

it('spreads calls over the 20 ms instead of serving all in one moment', () => {
  const clock = new MediaClock(now);
  const moments = new Set<number>();
  const stops = Array.from({ length: 8 }, () => clock.start((dueMs) => moments.add(dueMs % 20)));
  vi.advanceTimersByTime(40);
  for (const stop of stops) stop();
  expect(moments.size).toBe(4);
});

it('makes up for a short stall frame by frame, and skips ahead after a long one', () => {
  let time = 0;
  const clock = new MediaClock(() => time);
  const due: number[] = [];
  const stop = clock.start((dueMs) => due.push(dueMs));
  const step = (ms: number) => {
    time += ms;
    vi.runOnlyPendingTimers();
  };
  for (let i = 0; i < 40; i++) step(5);
  const before = due.length;
  step(200);
  expect(due.length - before).toBe(10);
  step(5_000);
  stop();
  const steps = due.slice(1).map((at, i) => at - due[i]!);
  const jump = Math.max(...steps);
  expect(jump).toBeGreaterThan(4_500);
  expect(jump % 20).toBe(0);
  expect(due.at(-1)).toBeGreaterThan(time - 25);
});

it('holds no timer while nobody ticks, also when the last one stops within its tick', () => {
  const clock = new MediaClock(now);
  let ticks = 0;
  const stop: () => void = clock.start(() => {
    ticks++;
    stop();
  });
  vi.advanceTimersByTime(100);
  expect(ticks).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
  const again = clock.start(() => ticks++);
  vi.advanceTimersByTime(100);
  expect(ticks).toBe(6);
  again();
  expect(vi.getTimerCount()).toBe(0);
});
