import { tonePart } from '../../sandbox/audio/tone.ts';

/** How pure a tone is in its best tenth of a second: a busy machine may tear holes elsewhere. */
export function purest(samples: Int16Array, frequencyHz: number, rateHz: number): number {
  const window = rateHz / 10;
  let best = 0;
  for (let from = 0; from + window <= samples.length; from += window) {
    best = Math.max(best, tonePart(samples.subarray(from, from + window), frequencyHz, rateHz));
  }
  return best;
}
