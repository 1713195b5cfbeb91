import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';
import { TimeLine } from './time-line.ts';

describe('a time line', () => {
  it('gives back what was written where, with silence between', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: -500, max: 30_000 }), fc.int16Array({ maxLength: 9_000 })),
          {
            maxLength: 5,
          },
        ),
        fc.integer({ min: -10, max: 30_000 }),
        fc.integer({ min: 0, max: 20_000 }),
        (writes, from, length) => {
          const line = new TimeLine();
          const plain = new Int16Array(60_000);
          for (const [at, samples] of writes) {
            line.write(at, samples);
            samples.forEach((sample, i) => (plain[at + i] = sample));
          }
          expect(line.slice(from, from + length)).toEqual(
            plain.slice(Math.max(0, from), Math.max(0, from + length)),
          );
        },
      ),
    );
  });

  it('forgets what is older than it was told to keep', () => {
    const line = new TimeLine(2_000);
    for (let second = 0; second < 10; second++) line.write(second * 8_000, Int16Array.of(7));
    expect(line.slice(0, 1)[0]).toBe(0);
    expect(line.slice(7 * 8_000, 7 * 8_000 + 1)[0]).toBe(7);
    expect(line.length).toBe(72_001);
  });

  it('has no room backwards', () => {
    expect(new TimeLine().slice(100, 50)).toHaveLength(0);
  });
});

describe('a histogram', () => {
  it('tells quantiles to a quarter of a millisecond and the exact maximum', () => {
    const histogram = new Histogram();
    for (let i = 1; i <= 100; i++) histogram.add(i / 10);
    expect(histogram.quantileMs(0.5)).toBeCloseTo(5, 0);
    expect(histogram.quantileMs(0.99)).toBeCloseTo(9.9, 0);
    expect(histogram.maxMs).toBe(10);
  });

  it('counts what is out of range at its edges, and nothing is zero', () => {
    const histogram = new Histogram();
    expect(histogram.quantileMs(0.5)).toBe(0);
    histogram.add(-1);
    histogram.add(9_999);
    expect(histogram.quantileMs(0.5)).toBe(0.25);
    expect(histogram.maxMs).toBe(9_999);
  });
});
