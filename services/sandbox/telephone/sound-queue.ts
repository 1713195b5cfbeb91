interface Sound {
  samples: Int16Array;
  /** Samples already taken. */
  taken: number;
  startedAtMs: number;
  done: (result: number | Error) => void;
}

/** Sounds that are spoken one behind the other, in frames of one length. */
export class SoundQueue {
  readonly #frameSamples: number;
  readonly #samplesPerMs: number;
  readonly #sounds: Sound[] = [];
  #closed: Error | undefined;

  constructor(options: { frameSamples: number; sampleRateHz: number }) {
    this.#frameSamples = options.frameSamples;
    this.#samplesPerMs = options.sampleRateHz / 1_000;
  }

  /** Add a sound. Resolves when its last sample was taken, with the moment of its first. */
  push(samples: Int16Array): Promise<number> {
    return new Promise((resolve, reject) => {
      const done = (result: number | Error) =>
        result instanceof Error ? reject(result) : resolve(result);
      if (this.#closed) done(this.#closed);
      else this.#sounds.push({ samples, taken: 0, startedAtMs: 0, done });
    });
  }

  /** The frame that begins at this moment; undefined when nothing waits to be spoken. */
  take(fromMs: number): Int16Array | undefined {
    if (this.#sounds.length === 0) return undefined;
    const frame = new Int16Array(this.#frameSamples);
    let filled = 0;
    for (let sound = this.#sounds[0]; sound; sound = this.#sounds[0]) {
      if (sound.taken === 0) sound.startedAtMs = fromMs + filled / this.#samplesPerMs;
      const part = sound.samples.subarray(sound.taken, sound.taken + frame.length - filled);
      frame.set(part, filled);
      filled += part.length;
      sound.taken += part.length;
      if (sound.taken < sound.samples.length) break;
      this.#sounds.shift();
      sound.done(sound.startedAtMs);
    }
    return frame;
  }

  /** Whatever still waits fails with this, and whatever comes later. */
  close(error: Error): void {
    this.#closed = error;
    for (const sound of this.#sounds.splice(0)) sound.done(error);
  }
}
