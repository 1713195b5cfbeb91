import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MediaClock } from '../rtp/clock.ts';
import { Inlet } from './inlet.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function scene() {
  const clock = new MediaClock();
  const heard: { atMs: number; packets: number }[] = [];
  const delays: number[] = [];
  const inlet = new Inlet(clock, {
    audio: () => {
      const last = heard.at(-1);
      const atMs = performance.now();
      if (last?.atMs === atMs) last.packets += 1;
      else heard.push({ atMs, packets: 1 });
    },
    delay: (ms) => delays.push(ms),
  });
  const packet = (samples = 160) => {
    inlet.push(new Int16Array(samples), performance.now());
    inlet.held(0, performance.now());
  };
  return { inlet, heard, delays, packet };
}

it.each([0, 3, 7, 9, 12, 16, 19])(
  'a steady phone, %i ms after a tick, is heard steadily and less than 20 ms later',
  async (phase) => {
    const { inlet, heard, delays, packet } = scene();
    await vi.advanceTimersByTimeAsync(phase);
    for (let n = 0; n < 600; n++) {
      packet();
      // Its packets come up to 2 ms late.
      await vi.advanceTimersByTimeAsync(20 + ((n * 7) % 3) - ((n * 7 - 7 + 600) % 3));
    }
    const settled = heard.slice(300);
    expect(settled.every(({ packets }) => packets === 1)).toBe(true);
    const gaps = settled.slice(1).map(({ atMs }, index) => atMs - settled[index]!.atMs);
    expect(gaps.filter((gap) => Math.round(gap) !== 20).length).toBeLessThanOrEqual(2);
    expect(Math.max(...delays.slice(300))).toBeLessThanOrEqual(20);
    expect(inlet.delayMs).toBeLessThan(18);
    inlet.close();
  },
);

it('a packet that comes late now and then goes on at once, and the others keep their moments', async () => {
  const { inlet, heard, packet } = scene();
  await vi.advanceTimersByTimeAsync(10);
  for (let n = 0; n < 1_500; n++) {
    // One in a hundred misses its moment by some ms.
    const lateMs = n % 100 === 99 ? 14 : 0;
    await vi.advanceTimersByTimeAsync(lateMs);
    packet();
    await vi.advanceTimersByTimeAsync(20 - lateMs);
  }
  const settled = heard.slice(200);
  expect(settled.every(({ packets }) => packets === 1)).toBe(true);
  const gaps = settled.slice(1).map(({ atMs }, index) => Math.round(atMs - settled[index]!.atMs));
  expect(Math.max(...gaps)).toBeLessThan(40);
  // On time: at one moment of 20 ms, from beginning to end.
  const moments = settled.map(({ atMs }) => Math.round(atMs) % 20);
  const usual = moments.filter((moment) => moment === moments[0]);
  expect(usual.length).toBeGreaterThanOrEqual(moments.length - 15);
  inlet.close();
});

it('calls go into the room side by side, at two moments of 20 ms', async () => {
  const clock = new MediaClock();
  const moments = new Set<number>();
  const inlets = Array.from(
    { length: 30 },
    () =>
      new Inlet(clock, {
        audio: () => moments.add(performance.now() % 20),
        delay: () => undefined,
      }),
  );
  for (let ms = 0; ms < 2_000; ms++) {
    const inlet = inlets[(ms % 20) + 5];
    inlet?.push(new Int16Array(160), performance.now());
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(moments.size).toBe(2);
  for (const inlet of inlets) inlet.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('packets of another length go at the next moment, however they fall', async () => {
  const { inlet, heard, delays, packet } = scene();
  for (let n = 0; n < 200; n++) {
    packet(240);
    await vi.advanceTimersByTimeAsync(30);
  }
  expect(heard.reduce((sum, { packets }) => sum + packets, 0)).toBe(200);
  expect(Math.max(...delays)).toBeLessThanOrEqual(20);
  inlet.close();
});

it('nothing comes any more once it is closed', async () => {
  const { inlet, heard, packet } = scene();
  packet();
  inlet.close();
  packet();
  await vi.advanceTimersByTimeAsync(100);
  expect(heard).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
