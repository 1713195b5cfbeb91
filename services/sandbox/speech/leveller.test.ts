import { expect, test } from 'vitest';
import { Leveller } from './leveller.ts';
import { rms } from './silence.ts';

function samplesOf(bytes: Buffer): Int16Array {
  return Int16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(i * 2));
}
const tone = (peak: number, length = 1_600) =>
  Int16Array.from({ length }, (_, i) => peak * Math.sin(i / 3));

test.each([60, 3_000, 30_000])('speech with a peak of %i comes out at the same level', (peak) => {
  const leveller = new Leveller(Infinity);
  expect(leveller.push(tone(peak))).toHaveLength(0);
  const out = samplesOf(leveller.finish(0));
  expect(out).toHaveLength(1_600);
  expect(rms(out)).toBeGreaterThan(950);
  expect(rms(out)).toBeLessThan(1_050);
});

test('once enough was heard for the level, everything held comes out and later speech at once', () => {
  const leveller = new Leveller(1_000);
  expect(leveller.push(tone(3_000, 600))).toHaveLength(0);
  expect(leveller.push(tone(3_000, 600))).toHaveLength(2_400);
  expect(leveller.push(tone(3_000, 100))).toHaveLength(200);
});

test('a noise floor is laid under silence', () => {
  const leveller = new Leveller(10);
  leveller.push(tone(3_000, 20));
  const level = rms(samplesOf(leveller.finish(4_000)));
  expect(level).toBeGreaterThan(40);
  expect(level).toBeLessThan(120);
});
