/** Samples per chunk: one second. */
const CHUNK = 8_000;

/** Sound by position, 8 kHz. Silence costs no memory; what is written later lies over what was there. */
export class TimeLine {
  readonly #chunks = new Map<number, Int16Array>();
  readonly #keepChunks: number;
  #length = 0;

  /** @param keepMs forget what is older than this behind the newest. Default: keep all */
  constructor(keepMs = Infinity) {
    this.#keepChunks = Math.ceil(keepMs / 1_000) + 1;
  }

  /** Position behind the last sample written. */
  get length(): number {
    return this.#length;
  }

  /** What lies before position 0 is cut off. */
  write(position: number, samples: Int16Array): void {
    let from = Math.max(0, -position);
    while (from < samples.length) {
      const at = position + from;
      const index = Math.floor(at / CHUNK);
      const count = Math.min(samples.length - from, (index + 1) * CHUNK - at);
      this.#chunk(index).set(samples.subarray(from, from + count), at - index * CHUNK);
      from += count;
    }
    this.#length = Math.max(this.#length, position + samples.length);
  }

  /** Samples from one position up to another; silence where nothing was written. */
  slice(from: number, to: number): Int16Array {
    const start = Math.max(0, from);
    const out = new Int16Array(Math.max(0, to - start));
    for (let index = Math.floor(start / CHUNK); index * CHUNK < to; index++) {
      const chunk = this.#chunks.get(index);
      if (!chunk) continue;
      const first = Math.max(start, index * CHUNK);
      const last = Math.min(to, (index + 1) * CHUNK);
      out.set(chunk.subarray(first - index * CHUNK, last - index * CHUNK), first - start);
    }
    return out;
  }

  #chunk(index: number): Int16Array {
    let chunk = this.#chunks.get(index);
    if (!chunk) {
      chunk = new Int16Array(CHUNK);
      this.#chunks.set(index, chunk);
      for (const old of this.#chunks.keys()) {
        if (old <= index - this.#keepChunks) this.#chunks.delete(old);
      }
    }
    return chunk;
  }
}
