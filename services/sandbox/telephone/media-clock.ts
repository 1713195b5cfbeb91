import { nowMs } from './now.ts';

/** Length of a frame of voice. */
export const FRAME_MS = 20;
/** Calls are spread over this many moments within a frame, so that they don't all send at once. */
const PHASES = 4;
const SLOT_MS = FRAME_MS / PHASES;
/** After a stall longer than this, what was missed is not made up for. */
const MAX_CATCH_UP_MS = 1_000;

/**
 * Called every 20 ms. Several times in a row after a short stall, so that no frame is left out; after
 * a long one `dueMs` jumps ahead by a whole number of frames.
 */
export type Tick = (dueMs: number, nowMs: number) => void;

/**
 * One timer for all calls of a process. Moments are counted from an origin (t0 + n·5 ms), because
 * a repeated timer runs late and the lateness adds up. Sleeps while nobody ticks.
 */
export class MediaClock {
  readonly #now: () => number;
  readonly #phases: Set<Tick>[] = Array.from({ length: PHASES }, () => new Set<Tick>());
  #timer: NodeJS.Timeout | undefined;
  #originMs = 0;
  #slot = 0;

  constructor(now: () => number = nowMs) {
    this.#now = now;
  }

  /** @returns a function that ends the ticking */
  start(tick: Tick): () => void {
    if (!this.#timer) {
      this.#originMs = this.#now();
      this.#slot = 1;
      this.#arm();
    }
    const phase = this.#phases.reduce((a, b) => (b.size < a.size ? b : a));
    phase.add(tick);
    return () => {
      phase.delete(tick);
      if (this.#phases.some((ticks) => ticks.size > 0)) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #arm(): void {
    const waitMs = this.#originMs + this.#slot * SLOT_MS - this.#now();
    this.#timer = setTimeout(() => this.#run(), Math.max(0, Math.ceil(waitMs)));
  }

  #run(): void {
    const now = this.#now();
    const behindMs = now - (this.#originMs + this.#slot * SLOT_MS);
    if (behindMs > MAX_CATCH_UP_MS) this.#slot += PHASES * Math.floor(behindMs / FRAME_MS);
    for (;;) {
      const dueMs = this.#originMs + this.#slot * SLOT_MS;
      if (dueMs > now) break;
      for (const tick of [...(this.#phases[this.#slot % PHASES] ?? [])]) tick(dueMs, this.#now());
      this.#slot++;
      if (!this.#timer) return; // the last one stopped from within its tick
    }
    this.#arm();
  }
}
