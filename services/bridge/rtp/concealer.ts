/** 8 kHz: pitch of 200 Hz to 66 Hz, as in ITU-T G.711 Appendix I. */
const SHORTEST_PERIOD = 40;
const LONGEST_PERIOD = 120;
/** What is compared to find the pitch: 20 ms. */
const COMPARED = 160;
/** 48.75 ms: three longest periods and a quarter of one. */
const HISTORY = 390;
const LONGEST_QUARTER = LONGEST_PERIOD / 4;
/** Loudness stays for 10 ms, then falls by a fifth each 10 ms: silent after 60 ms. */
const FULL_SAMPLES = 80;
const SILENT_SAMPLES = 480;
/** After a loss sound fades in over a quarter period, 4 ms more for each further 10 ms lost, at most 10 ms. */
const FADE_IN_PER_BLOCK = 32;
const LONGEST_FADE_IN = 80;
const DIE_AWAY_SAMPLES = 40;

/**
 * Stands in for lost audio by the method of ITU-T G.711 Appendix I: the last pitch period is
 * repeated, after 10 ms the last two, after 20 ms the last three, joined by overlap-add, fading out
 * until 60 ms.
 *
 * Appendix I delays all audio by 3.75 ms, so that it can blend the end of what was heard into the
 * first repetition. Here nothing is delayed: the step between the last sample heard and the first
 * one made is faded out over the same quarter period.
 */
export class Concealer {
  readonly #history = new Int16Array(HISTORY);
  /** The history when the loss began; its end is blended so that it can go round. */
  readonly #loop = new Int16Array(HISTORY);
  /** That end as it was heard. */
  readonly #end = new Int16Array(LONGEST_QUARTER);
  /** What the shorter loop would have gone on with, to blend into the longer one. */
  readonly #before = new Int16Array(LONGEST_QUARTER);
  #period = LONGEST_PERIOD;
  #quarter = LONGEST_QUARTER;
  #start = 0;
  #offset = 0;
  #step = 0;
  #made = 0;

  /** Audio that arrived. After a loss its beginning is blended, in place, with what was made up. */
  heard(samples: Int16Array): void {
    if (this.#made > 0) {
      const blocks = Math.ceil(this.#made / FULL_SAMPLES) - 1;
      const wanted = this.#quarter + FADE_IN_PER_BLOCK * blocks;
      const fadeIn = Math.min(wanted, LONGEST_FADE_IN, samples.length);
      for (let i = 0; i < fadeIn; i++) {
        const made = this.#sample();
        samples[i] = made + (((samples[i] as number) - made) * (i + 1)) / (fadeIn + 1);
      }
      this.#made = 0;
    }
    this.#remember(samples);
  }

  /** Fill `out` with the next samples of what might have been. */
  conceal(out: Int16Array): void {
    if (this.#made === 0) this.#begin();
    for (let i = 0; i < out.length; i++) out[i] = this.#sample();
    this.#remember(out);
  }

  /** Likewise, but end it in 5 ms: what comes next is not blended with it. */
  dieAway(out: Int16Array): void {
    this.conceal(out);
    for (let i = 0; i < DIE_AWAY_SAMPLES; i++) {
      out[i] = (out[i] as number) * (1 - (i + 1) / (DIE_AWAY_SAMPLES + 1));
    }
    out.fill(0, DIE_AWAY_SAMPLES);
    this.#made = 0;
  }

  #remember(samples: Int16Array): void {
    const { length } = samples;
    if (length >= HISTORY) {
      this.#history.set(samples.subarray(length - HISTORY));
      return;
    }
    this.#history.copyWithin(0, length);
    this.#history.set(samples, HISTORY - length);
  }

  #begin(): void {
    const loop = this.#loop;
    loop.set(this.#history);
    this.#period = pitchPeriod(loop);
    this.#quarter = this.#period >> 2;
    this.#end.set(loop.subarray(HISTORY - this.#quarter));
    this.#step = (loop[HISTORY - 1] as number) - (loop[HISTORY - 1 - this.#period] as number);
    this.#offset = 0;
    this.#goRound(1);
  }

  /** Go round in the last `periods` periods from now on, at the phase that was reached. */
  #goRound(periods: number): void {
    const quarter = this.#quarter;
    const start = HISTORY - periods * this.#period;
    // The end of the loop glides into what came before its start.
    for (let i = 0; i < quarter; i++) {
      const end = this.#end[i] as number;
      const beforeStart = this.#loop[start - quarter + i] as number;
      this.#loop[HISTORY - quarter + i] = end + ((beforeStart - end) * (i + 1)) / (quarter + 1);
    }
    this.#start = start;
    this.#offset %= this.#period;
  }

  #goRoundLonger(periods: number): void {
    const reached = this.#offset;
    for (let i = 0; i < this.#quarter; i++) this.#before[i] = this.#next();
    this.#offset = reached;
    this.#goRound(periods);
  }

  #next(): number {
    const value = this.#loop[this.#start + this.#offset] as number;
    this.#offset += 1;
    if (this.#start + this.#offset === HISTORY) this.#offset = 0;
    return value;
  }

  #sample(): number {
    const made = this.#made;
    this.#made += 1;
    if (made >= SILENT_SAMPLES) return 0;
    if (made === FULL_SAMPLES) this.#goRoundLonger(2);
    else if (made === 2 * FULL_SAMPLES) this.#goRoundLonger(3);
    let value = this.#next();
    const quarter = this.#quarter;
    if (made < quarter) return clip(value + this.#step * (1 - (made + 1) / (quarter + 1)));
    if (made < FULL_SAMPLES) return value;
    const sinceLonger = made < 2 * FULL_SAMPLES ? made - FULL_SAMPLES : made - 2 * FULL_SAMPLES;
    if (sinceLonger < quarter) {
      const before = this.#before[sinceLonger] as number;
      value = before + ((value - before) * (sinceLonger + 1)) / (quarter + 1);
    }
    return (value * (SILENT_SAMPLES - made)) / (SILENT_SAMPLES - FULL_SAMPLES);
  }
}

/** The shift at which the end of the history is most like what came before it. */
function pitchPeriod(history: Int16Array): number {
  // Every second sample first, then the neighbours of the best.
  const rough = bestPeriod(history, SHORTEST_PERIOD, LONGEST_PERIOD, 2);
  const from = Math.max(SHORTEST_PERIOD, rough - 1);
  return bestPeriod(history, from, Math.min(LONGEST_PERIOD, rough + 1), 1);
}

function bestPeriod(history: Int16Array, from: number, to: number, stride: number): number {
  let best = to;
  let bestScore = -Infinity;
  for (let period = from; period <= to; period += stride) {
    let product = 0;
    let energy = 1;
    for (let i = HISTORY - COMPARED; i < HISTORY; i += stride) {
      const earlier = history[i - period] as number;
      product += (history[i] as number) * earlier;
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

function clip(value: number): number {
  return Math.max(-32_768, Math.min(32_767, value));
}
