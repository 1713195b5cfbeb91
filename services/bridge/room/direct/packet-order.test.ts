import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PacketOrder } from './packet-order.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch() {
  const out: (number | string)[] = [];
  const asked: [number, number][] = [];
  const order = new PacketOrder({
    next: ({ sequence }, lost) => {
      if (lost > 0) out.push(`lost ${lost}`);
      out.push(sequence);
    },
    missing: (from, count) => void asked.push([from, count]),
  });
  const push = (...sequences: number[]) => {
    for (const sequence of sequences) {
      order.push({ sequence, timestamp: sequence * 960, payload: new Uint8Array(1) });
    }
  };
  return { out, asked, order, push };
}

describe('packets of a track', () => {
  it('in order pass at once, also over the wrap', () => {
    const { out, push, asked } = watch();
    push(65_534, 65_535, 0, 1);
    expect(out).toEqual([65_534, 65_535, 0, 1]);
    expect(asked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that changed places are put right, and the missing one is asked for once', () => {
    const { out, push, asked } = watch();
    push(1, 3, 4, 2, 5);
    expect(out).toEqual([1, 2, 3, 4, 5]);
    expect(asked).toEqual([[2, 1]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that are lost are waited for 20 ms', () => {
    const { out, push, asked } = watch();
    push(1, 4);
    expect(asked).toEqual([[2, 2]]);
    vi.advanceTimersByTime(19);
    expect(out).toEqual([1]);
    vi.advanceTimersByTime(1);
    expect(out).toEqual([1, 'lost 2', 4]);
  });

  it('that pile up behind a gap do not wait', () => {
    const { out, push } = watch();
    push(1, 3, 4, 5, 6, 7, 8);
    expect(out).toEqual([1, 'lost 1', 3, 4, 5, 6, 7, 8]);
  });

  it('that come twice or too late are dropped and counted', () => {
    const { out, push, order } = watch();
    push(5, 6, 6, 4, 8, 8, 7);
    expect(out).toEqual([5, 6, 7, 8]);
    expect(order.late).toBe(3);
  });

  it('of a sender that began anew pass', () => {
    const { out, push } = watch();
    push(5, 6, 40_000, 40_001);
    expect(out).toEqual([5, 6, 40_000, 40_001]);
  });

  it('in any order come out in order, each once, and no timer is left', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 200 }), (numbers) => {
        const { push, order } = watch();
        push(...numbers);
        vi.runAllTimers();
        order.reset();
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 40 }, (_, i) => i)), (numbers) => {
        const { out, push } = watch();
        push(0, ...numbers);
        vi.runAllTimers();
        const passed = out.filter((item) => typeof item === 'number');
        expect(passed).toEqual([...new Set(passed)].sort((a, b) => a - b));
      }),
    );
  });
});
