import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Resampler, resample } from './resample.ts';
import { tone } from './tone.ts';

const rates = [8_000, 16_000, 24_000, 48_000];
const pairs = rates.flatMap((from) =>
  rates.filter((to) => to !== from).map((to) => [from, to] as const),
);

/** Power of the difference against the power of the wanted sound, dB; the ends are left out. */
function errorDb(got: Int16Array, wanted: Int16Array): number {
  const edge = Math.floor(wanted.length / 5);
  let error = 0;
  let power = 0;
  for (let i = edge; i < wanted.length - edge; i++) {
    error += (got[i]! - wanted[i]!) ** 2;
    power += wanted[i]! ** 2;
  }
  return 10 * Math.log10(error / power);
}

function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

describe.each([...pairs, [22_050, 8_000] as const])('from %i Hz to %i Hz', (from, to) => {
  const sound = (frequencyHz: number, sampleRateHz: number) =>
    tone({ frequencyHz, durationMs: 200, sampleRateHz, amplitude: 0.6 });

  it.each([300, 1_000, 3_300])(
    'a tone of %i Hz stays itself, in time and in height',
    (frequencyHz) => {
      const got = resample(sound(frequencyHz, from), from, to);
      const wanted = sound(frequencyHz, to);
      expect(Math.abs(got.length - wanted.length)).toBeLessThanOrEqual(1);
      expect(errorDb(got, wanted)).toBeLessThan(-60);
    },
  );

  it('what the lower rate cannot carry is gone and does not come back as another tone', () => {
    if (to > from) return;
    const got = resample(sound(to / 2 + 150, from), from, to);
    expect(rms(got.subarray(got.length / 5, -got.length / 5))).toBeLessThan(8);
  });

  it('a steady level stays steady', () => {
    const got = resample(new Int16Array(from / 10).fill(1_000), from, to);
    const middle = got.subarray(got.length / 4, -got.length / 4);
    expect(Math.min(...middle)).toBeGreaterThanOrEqual(999);
    expect(Math.max(...middle)).toBeLessThanOrEqual(1_001);
  });

  it('pieces of any size give the same as the whole', () => {
    const whole = sound(440, from);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: Math.floor(from / 20) })), (sizes) => {
        const resampler = new Resampler(from, to);
        const got: number[] = [];
        let at = 0;
        for (const size of [...sizes, whole.length]) {
          got.push(...resampler.push(whole.subarray(at, at + size)));
          at += size;
        }
        got.push(...resampler.flush());
        expect(Int16Array.from(got)).toEqual(resample(whole, from, to));
      }),
      { numRuns: 10 },
    );
  });
});

it('clips instead of wrapping round', () => {
  const square = Int16Array.from({ length: 800 }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768));
  const got = resample(square, 8_000, 48_000);
  // Wrapped samples would jump by half of the range between neighbours.
  const jumps = got.subarray(1).map((sample, i) => (Math.abs(sample - got[i]!) > 32_767 ? 1 : 0));
  expect(jumps).not.toContain(1);
});

it('gives a copy at the same rate and nothing for nothing', () => {
  const sound = Int16Array.of(1, 2, 3);
  expect(resample(sound, 8_000, 8_000)).toEqual(sound);
  expect(resample(sound, 8_000, 8_000)).not.toBe(sound);
  expect(resample(new Int16Array(0), 48_000, 8_000)).toHaveLength(0);
});

it.each([
  [0, 8_000, /fromHz: got 0/],
  [8_000, -1, /toHz: got -1/],
  [8_000.5, 8_000, /fromHz: got 8000.5/],
])('refuses to go from %d to %d Hz', (from, to, words) => {
  expect(() => resample(new Int16Array(1), from, to)).toThrow(words);
});
