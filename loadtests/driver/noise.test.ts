import { tone } from '@patchbay/sandbox/audio/tone';
import { levelDb } from '@patchbay/sandbox/audio/level';
import { expect, it } from 'vitest';
import { withNoise } from './noise.ts';

const voice = tone({ frequencyHz: 400, durationMs: 1_000, sampleRateHz: 8_000, amplitude: 0.2 });

it.each([-30, -20, -10, 0])('lays noise %s dB against the voice under it', (noiseDb) => {
  const noise = withNoise(voice, noiseDb).map((value, index) => value - (voice[index] ?? 0));
  expect(levelDb(noise) - levelDb(voice)).toBeCloseTo(noiseDb, 0);
});

it('is the same each time', () => {
  expect(withNoise(voice, -20)).toEqual(withNoise(voice, -20));
});
