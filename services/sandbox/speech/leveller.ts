import { rms } from './silence.ts';

// Measured over 186 sentences (31 sentences, 3 voices, 16 kHz and A-law at 8 kHz): with the speech
// brought to this level and this much white noise under it all are heard right. Without the noise
// hardly any sentence from a telephone is: nothing is left above 4 kHz, where the model expects at
// least a noise floor.
const SPEECH_RMS = 1_000;
const DITHER_PEAK = 120;

/** Brings speech to one level and lays a steady noise floor under it. The noise is always the same. */
export class Leveller {
  readonly #listenSamples: number;
  #held: Int16Array[] = [];
  #heldSamples = 0;
  #gain: number | undefined;
  #seed = 1;

  /** @param listenSamples how much to hear before the level is known; nothing comes out until then */
  constructor(listenSamples: number) {
    this.#listenSamples = listenSamples;
  }

  /** @returns 16-bit little-endian samples, possibly none yet */
  push(samples: Int16Array): Buffer {
    if (this.#gain !== undefined) return this.#level(samples, this.#gain);
    this.#held.push(samples);
    this.#heldSamples += samples.length;
    return this.#heldSamples < this.#listenSamples ? Buffer.alloc(0) : this.#release();
  }

  /** What was held back, followed by silence. */
  finish(silenceSamples: number): Buffer {
    const held = this.#gain === undefined ? this.#release() : Buffer.alloc(0);
    return Buffer.concat([held, this.#level(new Int16Array(silenceSamples), 0)]);
  }

  #release(): Buffer {
    const all = new Int16Array(this.#heldSamples);
    let at = 0;
    for (const piece of this.#held) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#held = [];
    this.#gain = SPEECH_RMS / Math.max(rms(all), 1);
    return this.#level(all, this.#gain);
  }

  #level(samples: Int16Array, gain: number): Buffer {
    const out = Buffer.allocUnsafe(samples.length * 2);
    for (let i = 0; i < samples.length; i++) {
      this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) | 0;
      const value = (samples[i] as number) * gain + (this.#seed / 2 ** 31) * DITHER_PEAK;
      out.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(value))), i * 2);
    }
    return out;
  }
}
