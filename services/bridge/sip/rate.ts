/** A bucket that fills steadily and is emptied by one for each thing let through. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #most: number;
  #left: number;
  #lastMs: number;

  /** Holds one second's worth, at least one. */
  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#most = Math.max(1, perSecond);
    this.#left = this.#most;
    this.#lastMs = nowMs;
  }

  /** @param nowMs monotonic @returns false if it is too much */
  take(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Nothing was taken for so long that a new bucket would be the same. */
  full(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#left >= this.#most;
  }

  #fill(nowMs: number): void {
    const sinceMs = Math.max(0, nowMs - this.#lastMs);
    this.#left = Math.min(this.#most, this.#left + (sinceMs / 1_000) * this.#perSecond);
    this.#lastMs = nowMs;
  }
}

/** Source addresses of UDP can be invented: more than these are not told apart. */
const MOST_SOURCES = 10_000;
/** Looking for quiet sources takes time: a flood must not make us do it for each packet. */
const SWEEP_EVERY_MS = 1_000;

/** The same limit for each of many, by key. Memory is bounded. */
export class RateLimits {
  readonly #perSecond: number;
  readonly #limits = new Map<string, RateLimit>();
  #sweptMs = -Infinity;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  get size(): number {
    return this.#limits.size;
  }

  /** @param nowMs monotonic @returns false if this key has had too much */
  take(key: string, nowMs: number): boolean {
    let limit = this.#limits.get(key);
    if (!limit) {
      if (this.#limits.size >= MOST_SOURCES) this.#sweep(nowMs);
      if (this.#limits.size >= MOST_SOURCES) return false;
      limit = new RateLimit(this.#perSecond, nowMs);
      this.#limits.set(key, limit);
    }
    return limit.take(nowMs);
  }

  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return;
    this.#sweptMs = nowMs;
    for (const [key, limit] of this.#limits) if (limit.full(nowMs)) this.#limits.delete(key);
  }
}
