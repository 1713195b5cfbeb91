/**
 * Sample rate conversion by a rational factor with a windowed-sinc polyphase filter: flat to 84 % of
 * the lower rate's Nyquist frequency (3.4 kHz at 8 kHz), about −80 dB above it. Plain TypeScript and not
 * rtc-node's resampler, so that helpers and tests need no native library and give the same samples
 * everywhere.
 */

/** Half length of the filter in samples of the lower rate. */
const HALF_WIDTH = 32;
/** Kaiser window for 80 dB: β = 0.1102·(A − 8.7). */
const BETA = 7.857;
/** Where the filter is 6 dB down, as a part of the lower Nyquist frequency. */
const CUTOFF = 0.92;

interface Filter {
  /** Output and input steps in lowest terms. */
  up: number;
  down: number;
  /** Taps per output sample. */
  taps: number;
  /** `up` rows of `taps` weights. */
  weights: Float32Array;
}

const filters = new Map<string, Filter>();

/**
 * Convert a stream piece by piece. Output comes about 4 ms (at 8 kHz) behind the input; {@link flush}
 * gives the rest. No delay is added: output sample 0 is input sample 0.
 */
export class Resampler {
  readonly #filter: Filter;
  /** Input not yet fully used, beginning with `taps / 2` zeros before the first sample. */
  #pending: Float32Array;
  /** Position of the next output sample from the start of #pending, in 1/up input samples. */
  #phase: number;
  #inputCount = 0;
  #outputCount = 0;

  /** @throws RangeError for a rate that is not a positive integer */
  constructor(fromHz: number, toHz: number) {
    this.#filter = filterFor(fromHz, toHz);
    this.#pending = new Float32Array(this.#filter.taps / 2);
    this.#phase = 0;
  }

  /** @returns what can be said of the output so far; may be empty */
  push(samples: Int16Array): Int16Array {
    this.#inputCount += samples.length;
    this.#append(Float32Array.from(samples));
    return this.#run(Infinity);
  }

  /** The end of the stream: the rest of the output, so that its whole length fits the input's. */
  flush(): Int16Array {
    const { up, down, taps } = this.#filter;
    const whole = Math.round((this.#inputCount * up) / down);
    this.#append(new Float32Array(taps));
    return this.#run(whole - this.#outputCount);
  }

  #append(samples: Float32Array): void {
    const joined = new Float32Array(this.#pending.length + samples.length);
    joined.set(this.#pending);
    joined.set(samples, this.#pending.length);
    this.#pending = joined;
  }

  #run(most: number): Int16Array {
    const { up, down, taps, weights } = this.#filter;
    const input = this.#pending;
    const available = Math.ceil(((input.length - taps) * up - this.#phase) / down);
    const count = Math.max(0, Math.min(most, available));
    const output = new Int16Array(count);
    let phase = this.#phase;
    for (let n = 0; n < count; n++, phase += down) {
      // Taps begin one after the sample that is exactly `taps / 2` before the output's position.
      const first = Math.floor(phase / up) + 1;
      const row = (phase % up) * taps;
      let sum = 0;
      for (let k = 0; k < taps; k++)
        sum += (weights[row + k] as number) * (input[first + k] as number);
      output[n] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
    }
    const used = Math.floor(phase / up);
    this.#pending = input.subarray(Math.min(used, input.length));
    this.#phase = phase - used * up;
    this.#outputCount += count;
    return output;
  }
}

/**
 * Convert a whole sound, for example 48 000 → 8 000 Hz. The result has `length · toHz / fromHz` samples,
 * aligned in time with the input.
 * @throws RangeError for a rate that is not a positive integer
 */
export function resample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  if (fromHz === toHz) return samples.slice();
  const resampler = new Resampler(fromHz, toHz);
  const head = resampler.push(samples);
  const tail = resampler.flush();
  const whole = new Int16Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function filterFor(fromHz: number, toHz: number): Filter {
  for (const [name, rate] of Object.entries({ fromHz, toHz })) {
    if (!Number.isInteger(rate) || rate <= 0) {
      throw new RangeError(`${name}: got ${rate}, must be a positive whole number of Hz`);
    }
  }
  const key = `${fromHz}/${toHz}`;
  let filter = filters.get(key);
  if (!filter) filters.set(key, (filter = makeFilter(fromHz, toHz)));
  return filter;
}

function makeFilter(fromHz: number, toHz: number): Filter {
  const divisor = gcd(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  // Stretch by the rate ratio when going down, so that the cut-off is at the lower rate's.
  const scale = Math.min(1, up / down);
  const half = Math.ceil(HALF_WIDTH / scale);
  const taps = 2 * half;
  const weights = new Float32Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    const row = Array.from({ length: taps }, (_, k) => {
      const distance = k + 1 - half - phase / up;
      const x = CUTOFF * scale * distance;
      return sinc(x) * kaiser(distance / half);
    });
    // Each row sums to one, so that a constant stays what it is.
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((weight, k) => (weights[phase * taps + k] = weight / sum));
  }
  return { up, down, taps, weights };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** Modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
