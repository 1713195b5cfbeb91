const FINE_BUCKETS = 100;
const COARSE_BUCKETS = 500;

/** Durations of one call: buckets of 0.1 ms to 10 ms, of 1 ms above. Allocates once. */
export class LatencyTracker {
  readonly #buckets = new Uint32Array(FINE_BUCKETS + COARSE_BUCKETS);
  #count = 0;

  add(ms: number): void {
    const fine = Math.floor(ms * 10);
    const index = fine < FINE_BUCKETS ? Math.max(0, fine) : FINE_BUCKETS + Math.floor(ms) - 10;
    const last = this.#buckets.length - 1;
    this.#buckets[Math.min(index, last)] = (this.#buckets[Math.min(index, last)] ?? 0) + 1;
    this.#count += 1;
  }

  /** In ms; undefined if nothing was measured. */
  get median(): number | undefined {
    if (this.#count === 0) return undefined;
    let seen = 0;
    for (let index = 0; index < this.#buckets.length; index++) {
      seen += this.#buckets[index] ?? 0;
      if (seen * 2 >= this.#count) {
        return index < FINE_BUCKETS ? (index + 0.5) / 10 : index - FINE_BUCKETS + 10.5;
      }
    }
    return undefined;
  }
}
