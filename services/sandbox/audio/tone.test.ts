import { expect, it } from 'vitest';
import { tone, tonePart } from './tone.ts';

const at = (frequencyHz: number) => tone({ frequencyHz, durationMs: 100, sampleRateHz: 8_000 });

it('finds a tone and tells it from its neighbours', () => {
  expect(tonePart(at(1_000), 1_000, 8_000)).toBeGreaterThan(0.99);
  for (const other of [500, 900, 1_100, 2_000]) {
    expect(tonePart(at(other), 1_000, 8_000), `${other} Hz`).toBeLessThan(0.02);
  }
});

it('tells how much of a mixture it is', () => {
  const mixed = at(1_000).map((sample, i) => sample / 2 + at(400)[i]! / 2);
  expect(tonePart(mixed, 1_000, 8_000)).toBeCloseTo(0.5, 1);
});

it('finds nothing in silence', () => {
  expect(tonePart(new Int16Array(800), 1_000, 8_000)).toBe(0);
});
