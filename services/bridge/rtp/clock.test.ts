import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MediaClock } from './clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('ticks every 20 ms without drifting, however late its timers are', async () => {
  const ticks: number[] = [];
  // A timer that comes 3 ms late each time: a chain of setTimeout(20) would lose 13 %.
  const clock = new MediaClock({ now: () => performance.now() });
  const stop = clock.listen((tick) => ticks.push(tick));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ticks).toHaveLength(500);
  expect(ticks).toEqual(ticks.map((_, index) => index + 1));
  stop();
});

it('catches up after a short stall, and skips time after a long one', async () => {
  let now = 0;
  const clock = new MediaClock({ now: () => now });
  const ticks: number[] = [];
  const stop = clock.listen((tick) => ticks.push(tick));
  now = 60;
  await vi.advanceTimersByTimeAsync(20);
  expect(ticks).toEqual([1, 2, 3]);
  now = 2_000;
  await vi.advanceTimersByTimeAsync(20);
  expect(ticks.slice(3)).toEqual([96, 97, 98, 99, 100]);
  stop();
});

it('runs only while somebody listens', async () => {
  const clock = new MediaClock({ now: () => performance.now() });
  let ticks = 0;
  const stopOne = clock.listen(() => (ticks += 1));
  const stopTwo = clock.listen(() => (ticks += 1));
  await vi.advanceTimersByTimeAsync(20);
  expect(ticks).toBe(2);
  stopOne();
  await vi.advanceTimersByTimeAsync(20);
  expect(ticks).toBe(3);
  stopTwo();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ticks).toBe(3);
  const stopThree = clock.listen(() => (ticks += 1));
  await vi.advanceTimersByTimeAsync(20);
  expect(ticks).toBe(4);
  stopThree();
});
