/** 8 kHz: 200 Hz to 50 Hz, the pitch of human voices. */
const SHORTEST_PERIOD = 40;
const LONGEST_PERIOD = 160;
const COMPARED = 160;
const HISTORY = LONGEST_PERIOD + COMPARED;
/** Silent after 60 ms, as G.711 Appendix I: a voice held longer sounds like a buzzer. */
const FADE_SAMPLES = 480;

/**
 * Stands in for lost audio: the last pitch period is repeated and fades out. The same idea as
 * G.711 Appendix I, without its overlap-add.
 */
export class Concealer {
  readonly #history = new Int16Array(HISTORY);
  #period = 0;
  #made = 0;

  /** Audio that arrived. */
  heard(samples: Int16Array): void {
    this.#made = 0;
    if (samples.length >= HISTORY) {
      this.#history.set(samples.subarray(samples.length - HISTORY));
      return;
    }
    this.#history.copyWithin(0, samples.length);
    this.#history.set(samples, HISTORY - samples.length);
  }

  /** The next samples of what might have been. */
  conceal(count: number): Int16Array {
    if (this.#made === 0) this.#period = bestPeriod(this.#history);
    const out = new Int16Array(count);
    for (let i = 0; i < count && this.#made < FADE_SAMPLES; i++) {
      const from = HISTORY - this.#period + (this.#made % this.#period);
      out[i] = ((this.#history[from] ?? 0) * (FADE_SAMPLES - this.#made)) / FADE_SAMPLES;
      this.#made += 1;
    }
    return out;
  }
}

/** The shift at which the end of the history is most like what came before it. */
function bestPeriod(history: Int16Array): number {
  let best = LONGEST_PERIOD;
  let bestScore = -Infinity;
  for (let period = SHORTEST_PERIOD; period <= LONGEST_PERIOD; period++) {
    let product = 0;
    let energy = 1;
    for (let i = HISTORY - COMPARED; i < HISTORY; i++) {
      const earlier = history[i - period] ?? 0;
      product += (history[i] ?? 0) * earlier;
      energy += earlier * earlier;
    }
    const score = product / Math.sqrt(energy);
    if (score > bestScore) {
      bestScore = score;
      best = period;
    }
  }
  return best;
}
