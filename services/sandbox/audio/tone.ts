/** A sine tone. `amplitude` is a part of full scale, 0…1. */
export function tone(options: {
  frequencyHz: number;
  durationMs: number;
  sampleRateHz: number;
  amplitude?: number;
}): Int16Array {
  const { frequencyHz, durationMs, sampleRateHz, amplitude = 0.5 } = options;
  const length = Math.round((durationMs * sampleRateHz) / 1_000);
  const step = (2 * Math.PI * frequencyHz) / sampleRateHz;
  return Int16Array.from({ length }, (_, i) => Math.round(32_767 * amplitude * Math.sin(step * i)));
}

/**
 * How much of a sound is one frequency: its power there as a part of the whole power, 0…1 (Goertzel).
 * Near 1 for that tone alone, near 0 for anything else. 0 for silence.
 */
export function tonePart(samples: Int16Array, frequencyHz: number, sampleRateHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz);
  let power = 0;
  let before = 0;
  let last = 0;
  for (const sample of samples) {
    power += sample * sample;
    [before, last] = [last, sample + coefficient * last - before];
  }
  if (power === 0) return 0;
  const atFrequency = before * before + last * last - coefficient * before * last;
  return Math.min(1, (2 * atFrequency) / (samples.length * power));
}
