/**
 * Put noise under a sound. The noise is white, the same each time, and as long as the sound.
 * @param noiseDb power of the noise against that of the sound
 */
export function withNoise(samples: Int16Array, noiseDb: number): Int16Array {
  const power =
    samples.reduce((sum, value) => sum + value * value, 0) / Math.max(1, samples.length);
  // Evenly spread from −a to a has the power a²/3.
  const amplitude = Math.sqrt(3 * power * 10 ** (noiseDb / 10));
  let state = 1;
  return samples.map((value) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const noise = amplitude * (state / 2 ** 31 - 1);
    return Math.max(-32_768, Math.min(32_767, Math.round(value + noise)));
  });
}
