const BUCKET_MS = 0.25;
const BUCKETS = 1_000;

/** Counts durations in buckets of 0.25 ms up to 250 ms, so that a long call costs no more than a short one. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  #maxMs = 0;

  add(ms: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(ms / BUCKET_MS)));
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total++;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** Upper edge of the bucket that holds the quantile (0…1); 0 if nothing was counted. */
  quantileMs(quantile: number): number {
    let left = Math.ceil(this.#total * quantile);
    if (left <= 0) return 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket] as number;
      if (left <= 0) return Math.min(this.#maxMs, (bucket + 1) * BUCKET_MS);
    }
    return this.#maxMs;
  }
}
