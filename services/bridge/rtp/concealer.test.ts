import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ComfortNoise } from './comfort-noise.ts';
import { Concealer } from './concealer.ts';

const FRAME = 160;

/** A voice-like sound of one pitch: a few harmonics. */
function voice(samples: number, periodSamples: number, from = 0): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => {
    const phase = (2 * Math.PI * (from + i)) / periodSamples;
    return 5_000 * Math.sin(phase) + 2_500 * Math.sin(2 * phase + 1) + 1_200 * Math.sin(5 * phase);
  });
}

function energy(samples: Int16Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
}

function lost(concealer: Concealer, samples: number): Int16Array {
  const out = new Int16Array(samples);
  concealer.conceal(out);
  return out;
}

function after(periodSamples: number, heardSamples = 800): Concealer {
  const concealer = new Concealer();
  concealer.heard(voice(heardSamples, periodSamples));
  return concealer;
}

function largestStep(samples: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 1; i < samples.length; i++) {
    largest = Math.max(largest, Math.abs(samples[i]! - samples[i - 1]!));
  }
  return largest;
}

describe('a lost packet', () => {
  it.each([41, 57, 80, 93, 119])(
    'of a voice with a period of %i samples goes on as it was',
    (p) => {
      const made = lost(after(p), 80);
      const truth = voice(80, p, 800);
      const error = Int16Array.from(truth, (sample, i) => sample - made[i]!);
      // 15 dB below the voice; silence in its place would be 0 dB.
      expect(energy(error)).toBeLessThan(energy(truth) / 30);
    },
  );

  it('begins and ends without a click', () => {
    const concealer = after(73.3);
    const made = lost(concealer, FRAME);
    const next = voice(FRAME, 73.3, 800 + FRAME);
    concealer.heard(next);
    const whole = [...voice(800, 73.3), ...made, ...next];
    expect(largestStep(whole)).toBeLessThan(1.5 * largestStep(voice(2_000, 73.3)));
  });

  it('keeps its loudness for 10 ms, loses a fifth each 10 ms, and is silent after 60 ms', () => {
    const concealer = after(80);
    const full = energy(voice(800, 80));
    const blocks = Array.from({ length: 8 }, () => Math.sqrt(energy(lost(concealer, 80)) / full));
    const expected = [1, 0.9, 0.7, 0.5, 0.3, 0.12, 0, 0];
    blocks.forEach((block, index) => expect(block).toBeCloseTo(expected[index]!, 1));
    expect(blocks.slice(6)).toEqual([0, 0]);
  });

  it('is the same whatever the length of the pieces it is asked for in', () => {
    const whole = lost(after(77), 480);
    const inPieces = after(77);
    const pieces = [40, 240, 10, 7, 183].flatMap((length) => [...lost(inPieces, length)]);
    expect(pieces).toEqual([...whole]);
  });

  it('is silence if nothing was heard before', () => {
    expect(energy(lost(new Concealer(), FRAME))).toBe(0);
  });

  it('fades the voice in again after a long loss', () => {
    const concealer = after(80);
    lost(concealer, 4_000);
    const next = voice(FRAME, 80);
    concealer.heard(next);
    expect(energy(next.subarray(0, 20))).toBeLessThan(energy(voice(20, 80)) / 4);
    expect([...next.subarray(80)]).toEqual([...voice(FRAME, 80).subarray(80)]);
  });

  it('never gets louder than what was heard, whatever was heard', () => {
    fc.assert(
      fc.property(
        fc.int16Array({ minLength: 1, maxLength: 900 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
        (heard, lengths) => {
          const concealer = new Concealer();
          const peak = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
          concealer.heard(heard);
          for (const length of lengths) {
            // The step at the beginning may be as high as two samples are apart.
            const loudest = lost(concealer, length).reduce((m, s) => Math.max(m, Math.abs(s)), 0);
            expect(loudest).toBeLessThanOrEqual(3 * peak + 1);
          }
        },
      ),
    );
  });
});

describe('comfort noise', () => {
  it.each([
    [40, 40],
    [70, 70],
    // As loud as speech: somebody's mistake.
    [3, 30],
  ])('of level %i sounds at −%i dBov', (level, heardDbov) => {
    const noise = new ComfortNoise();
    noise.begin(Uint8Array.of(level, 1, 2, 3));
    const out = new Int16Array(8_000);
    noise.fill(out);
    expect(10 * Math.log10(energy(out) / 32_768 ** 2)).toBeCloseTo(-heardDbov, 0);
  });

  it('without a level, and after its end, is silent', () => {
    const noise = new ComfortNoise();
    noise.begin(new Uint8Array(0));
    const out = new Int16Array(100).fill(7);
    noise.fill(out);
    expect(energy(out)).toBe(0);
    expect(noise.active).toBe(true);
    noise.end();
    expect(noise.active).toBe(false);
  });
});
