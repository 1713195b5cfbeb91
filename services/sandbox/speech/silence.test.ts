import { expect, test } from 'vitest';
import { rms, trimSilence } from './silence.ts';

/** `pattern` is in 10 ms windows at 8 kHz: `#` loud, `.` silent. */
function sound(pattern: string): Int16Array {
  return Int16Array.from({ length: pattern.length * 80 }, (_, i) =>
    pattern[Math.floor(i / 80)] === '#' ? 5_000 : 0,
  );
}
const windows = (samples: Int16Array) => samples.length / 80;

test('silence is cut off in front, down to what shall be kept, and left at the end', () => {
  expect(windows(trimSilence(sound('..........##..#...'), { sampleRateHz: 8_000 }))).toBe(13);
});

test('silence at the end is cut down to what shall be kept', () => {
  const trim = { sampleRateHz: 8_000, keepBeforeMs: 0, keepAfterMs: 20 };
  expect(windows(trimSilence(sound('..##..#......'), trim))).toBe(7);
});

test('what is silent all through becomes empty', () => {
  expect(trimSilence(sound('......'), { sampleRateHz: 8_000 })).toHaveLength(0);
  expect(trimSilence(new Int16Array(0), { sampleRateHz: 8_000 })).toHaveLength(0);
});

test('the level of an empty stretch is zero', () => {
  expect(rms(new Int16Array(10), 5, 5)).toBe(0);
  expect(rms(Int16Array.of(3, 4, 0, 0), 0, 2)).toBeCloseTo(Math.sqrt(12.5));
});
