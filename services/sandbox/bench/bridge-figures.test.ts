import { expect, it } from 'vitest';
import { delays, figuresOf } from './bridge-figures.ts';

it('a burst is matched with the first that is heard after it, one that is not heard is left out', () => {
  expect(delays([1_000, 2_000, 3_000, 4_000], [1_040, 2_030, 4_050])).toEqual([40, 30, 50]);
});

it('figures are of what happened since measuring began', () => {
  const phone = {
    burstsSent: [0, 1_000],
    burstsHeard: [500, 1_530],
    framesSent: 100,
    framesHeard: 99,
    setupMs: 30,
    firstAudioMs: 24.6,
    gapsMs: [20, 20, 21.26],
    lost: 1,
  };
  const room = { burstsSent: [1_500], burstsHeard: [300, 1_040], framesSent: 9, framesHeard: 9 };
  const figures = figuresOf({
    engine: 'direct',
    phones: [phone],
    rooms: [room],
    sinceMs: 900,
    minutes: 0.5,
    cpuSec: 0.4,
    rssMb: 90.4,
  });
  expect(figures).toEqual({
    engine: 'direct',
    calls: 1,
    cpuSecPerCallMinute: 0.8,
    inMs: { p50: 40, p95: 40 },
    outMs: { p50: 30, p95: 30 },
    setupMs: { p50: 30, p95: 30 },
    firstAudioMs: { p50: 25, p95: 25 },
    pacingMs: { p99: 21.3 },
    lossPct: 1,
    rssMb: 90,
  });
});
