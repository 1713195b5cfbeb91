import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BadLine } from './bad-line.ts';

const still = { loss: 0, burst: 1, delayMs: 0, jitterMs: 0, reorder: 0, seed: 1 };
const PACKETS = 2_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Numbers of the packets in the order in which they come through. */
function through(
  impairments: Partial<typeof still>,
  way: 'outward' | 'inward' = 'outward',
): number[] {
  const line = new BadLine({ ...still, ...impairments });
  const came: number[] = [];
  for (let n = 0; n < PACKETS; n++) {
    line[way](() => void came.push(n));
    vi.advanceTimersByTime(20);
  }
  vi.runAllTimers();
  return came;
}

it('hands everything on at once when nothing is wrong', () => {
  const line = new BadLine(still);
  const send = vi.fn();
  line.outward(send);
  expect(send).toHaveBeenCalledOnce();
});

it.each(['outward', 'inward'] as const)('loses its part of the packets %s', (way) => {
  const lost = PACKETS - through({ loss: 0.05 }, way).length;
  expect(lost / PACKETS).toBeGreaterThan(0.035);
  expect(lost / PACKETS).toBeLessThan(0.065);
});

it('loses the same packets in every run, and others with another seed', () => {
  expect(through({ loss: 0.1 })).toEqual(through({ loss: 0.1 }));
  expect(through({ loss: 0.1 })).not.toEqual(through({ loss: 0.1, seed: 2 }));
});

it('delays packets, and lets some overtake others', () => {
  const line = new BadLine({ ...still, delayMs: 60 });
  const take = vi.fn();
  line.inward(take);
  vi.advanceTimersByTime(59);
  expect(take).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(take).toHaveBeenCalledOnce();
  const came = through({ delayMs: 60, reorder: 0.1 });
  expect(came).toHaveLength(PACKETS);
  expect(came).not.toEqual([...came].sort((a, b) => a - b));
});
