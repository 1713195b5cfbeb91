/** A UDP port pair in use: RTP on `port`, RTCP on `port + 1`. */
export interface BoundPair {
  readonly port: number;
  close(): void;
}

/** A port pair lent to one call. */
export interface PortLease<P extends BoundPair> {
  readonly pair: P;
  /** Give it back. It stays bound, and unused, for the rest time. */
  release(): void;
}

export interface PortPoolOptions<P extends BoundPair> {
  /** Ports from `min` to `max`, both included. Even ones carry RTP, the next odd one RTCP. */
  min: number;
  max: number;
  /** How long a released port rests, so that late packets of its call can't reach the next. */
  restMs: number;
  /** Bind both sockets of a pair; rejects if another process holds one of them. */
  bind: (port: number) => Promise<P>;
  /** Called with a pair that begins its rest: packets for it are to be thrown away. */
  drain: (pair: P) => void;
  /** Called when another process holds a port, and another port is tried. */
  bindFailed?: () => void;
  /** A number in [0, 1); Math.random by default. */
  random?: () => number;
}

/** Nothing is free: every port carries a call, rests, or is held by another process. */
export class NoFreePortError extends Error {
  constructor(used: number, resting: number, total: number) {
    super(`no free RTP port: ${used} of ${total} in use, ${resting} resting`);
    this.name = 'NoFreePortError';
  }
}

/** Ports tried before an INVITE is refused. */
const BIND_ATTEMPTS = 10;

/**
 * Hands out bound RTP ports, in random order so that a stranger can't guess the next one
 * (RFC 3550 §11: RTP even, RTCP on the odd port above it).
 */
export class PortPool<P extends BoundPair> {
  readonly #options: PortPoolOptions<P>;
  readonly #random: () => number;
  readonly #free: number[] = [];
  readonly #used = new Set<P>();
  readonly #resting = new Map<number, { timer: NodeJS.Timeout; pair: P | undefined }>();
  /** Ports whose bind is under way. */
  #binding = 0;
  #closed = false;
  readonly total: number;

  constructor(options: PortPoolOptions<P>) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    const first = options.min + (options.min % 2);
    for (let port = first; port + 1 <= options.max; port += 2) this.#free.push(port);
    this.total = this.#free.length;
  }

  /** Ports that carry a call, or are being bound for one. */
  get used(): number {
    return this.#used.size + this.#binding;
  }

  get resting(): number {
    return this.#resting.size;
  }

  /**
   * Bind a free port.
   * @throws {NoFreePortError} when none is left
   */
  async acquire(): Promise<PortLease<P>> {
    for (let attempt = 0; attempt < BIND_ATTEMPTS && !this.#closed; attempt++) {
      const port = this.#takeRandom();
      if (port === undefined) break;
      this.#binding += 1;
      let pair: P | undefined;
      try {
        pair = await this.#options.bind(port);
      } catch {
        // Another process holds it; it may be free again after the rest.
        this.#options.bindFailed?.();
      }
      this.#binding -= 1;
      if (pair && !this.#closed) return this.#lend(pair);
      pair?.close();
      if (!this.#closed) this.#rest(port, undefined);
    }
    throw new NoFreePortError(this.used, this.resting, this.total);
  }

  /** Close every socket that rests or is still in use, and hand out none any more. */
  close(): void {
    this.#closed = true;
    for (const { timer, pair } of this.#resting.values()) {
      clearTimeout(timer);
      pair?.close();
    }
    this.#resting.clear();
    for (const pair of this.#used) pair.close();
    this.#used.clear();
    this.#free.length = 0;
  }

  #takeRandom(): number | undefined {
    const index = Math.floor(this.#random() * this.#free.length);
    const port = this.#free[index];
    const last = this.#free.pop();
    if (port !== undefined && last !== undefined && last !== port) this.#free[index] = last;
    return port;
  }

  #lend(pair: P): PortLease<P> {
    this.#used.add(pair);
    return {
      pair,
      release: () => {
        if (!this.#used.delete(pair)) return;
        this.#options.drain(pair);
        this.#rest(pair.port, pair);
      },
    };
  }

  #rest(port: number, pair: P | undefined): void {
    const timer = setTimeout(() => {
      this.#resting.delete(port);
      pair?.close();
      this.#free.push(port);
    }, this.#options.restMs);
    this.#resting.set(port, { timer, pair });
  }
}
