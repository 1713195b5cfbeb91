import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MediaClock } from './clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function clockOf(now = () => performance.now()): MediaClock {
  return new MediaClock({ now });
}

it('ticks every 20 ms without drifting, however late its timers are', async () => {
  const ticks: number[] = [];
  const { stop } = clockOf().listen((tick) => ticks.push(tick));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ticks).toHaveLength(500);
  expect(ticks).toEqual(ticks.map((_, index) => index + 1));
  stop();
});

it('catches up after a short stall, and skips time after a long one', async () => {
  let now = 0;
  const ticks: number[] = [];
  const { stop } = clockOf(() => now).listen((tick) => ticks.push(tick));
  now = 60;
  await vi.advanceTimersByTimeAsync(21);
  expect(ticks).toEqual([1, 2, 3]);
  now = 2_000;
  await vi.advanceTimersByTimeAsync(21);
  expect(ticks.slice(3)).toEqual([96, 97, 98, 99, 100]);
  stop();
});

it('runs only while somebody listens', async () => {
  const clock = clockOf();
  let ticks = 0;
  const one = clock.listen(() => (ticks += 1));
  const two = clock.listen(() => (ticks += 1));
  await vi.advanceTimersByTimeAsync(25);
  expect(ticks).toBe(2);
  one.stop();
  await vi.advanceTimersByTimeAsync(20);
  expect(ticks).toBe(3);
  two.stop();
  two.stop();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ticks).toBe(3);
  const three = clock.listen(() => (ticks += 1));
  await vi.advanceTimersByTimeAsync(20);
  expect(ticks).toBe(4);
  three.stop();
});

it('spreads its listeners over two moments, so that not all calls send at once', async () => {
  const clock = clockOf();
  const moments = new Map<number, number>();
  const all = Array.from({ length: 40 }, () =>
    clock.listen((_tick, now) => moments.set(now % 20, (moments.get(now % 20) ?? 0) + 1)),
  );
  await vi.advanceTimersByTimeAsync(1_000);
  expect(moments.size).toBe(2);
  expect([...moments.values()].every((ticks) => ticks >= 980 && ticks <= 1_000)).toBe(true);
  for (const { stop } of all) stop();
});

it.each([
  [-1, 10],
  [1, 30],
] as const)(
  'lets a listener move by %i half: one gap of %i ms, the count goes on',
  async (by, gap) => {
    const times: number[] = [];
    const ticks: number[] = [];
    const listening = clockOf().listen((tick, now) => {
      times.push(now);
      ticks.push(tick);
      if (tick === 3) listening.shift(by);
    });
    await vi.advanceTimersByTimeAsync(200);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(gaps.slice(0, 5)).toEqual([20, 20, gap, 20, 20]);
    expect(ticks).toEqual(ticks.map((_, index) => index + 1));
    listening.stop();
    listening.shift(by);
    expect(vi.getTimerCount()).toBe(0);
  },
);

it('lets the sockets be read first when it wakes up late', async () => {
  let now = 0;
  const order: string[] = [];
  const { stop } = clockOf(() => now).listen(() => order.push('tick'));
  now = 30;
  // What the sockets bring comes between late timers and what was put off for it.
  setTimeout(() => order.push('packet'), 20);
  await vi.advanceTimersByTimeAsync(21);
  expect(order).toEqual(['packet', 'tick']);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});
