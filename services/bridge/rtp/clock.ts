import { Outbox } from './outbox.ts';

/** Length of one packet, and of one tick. */
export const TICK_MS = 20;
export const TICK_SAMPLES = 160;

/**
 * Calls tick at one of two moments within 20 ms: near their packets, and many at once, which costs
 * less than each alone: what is done again and again stays in the processor's caches.
 */
export const PHASES = 2;
export const PHASE_MS = TICK_MS / PHASES;

/** Ticks made up for after a stall; beyond it time is skipped, or the phone would get a burst. */
const MOST_TICKS_AT_ONCE = 5;

export interface ClockOptions {
  /** Monotonic time in ms; performance.now by default. */
  now?: () => number;
  /** Told at every run how late it is, in ms. Must not throw or wait. */
  lag?: (ms: number) => void;
}

/** `tick` counts 20 ms of time; after a long stall it jumps. */
export type TickListener = (tick: number, nowMs: number) => void;

/** One listener's place on the clock. */
export interface Ticking {
  /** Tick earlier (−1) or later (1) by half of 20 ms from now on; counts don't change. */
  shift(phases: -1 | 1): void;
  stop(): void;
}

interface Entry {
  listener: TickListener;
  /** Its work comes after that of the others of the same moment. */
  last: boolean;
  phase: number;
  tick: number;
  lastSlot: number;
  /** One that has moved later waits for its full tick. */
  earliestSlot: number;
}

/**
 * One 20 ms clock for all calls of the process. Slot n is due at t0 + n·10 ms, so that timer error
 * never adds up: a bare setInterval(20) runs up to 0.6 % slow. Slots without listeners wake nobody.
 */
export class MediaClock {
  /** What is sent in a tick goes by these, so that it goes side by side: see {@link Outbox}. */
  readonly toPhones = new Outbox();
  readonly toRooms = new Outbox();
  readonly #now: () => number;
  readonly #lag: ((ms: number) => void) | undefined;
  readonly #phases: Set<Entry>[] = Array.from({ length: PHASES }, () => new Set<Entry>());
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #origin: number | undefined;
  /** The last slot that was run. */
  #slot = 0;
  /** When the next run is due. */
  #dueMs = 0;

  constructor(options: ClockOptions = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#lag = options.lag;
  }

  /**
   * Be called on every tick from now on. The clock runs only while somebody listens.
   * @param last after those that listen without it: for what takes long, and rooms can wait for
   */
  listen(listener: TickListener, last = false): Ticking {
    if (this.#timer === undefined) this.#origin = this.#now() - this.#slot * PHASE_MS;
    const entry: Entry = {
      listener,
      last,
      phase: this.#emptiest(),
      tick: 0,
      lastSlot: this.#slot,
      earliestSlot: 0,
    };
    this.#phaseOf(entry).add(entry);
    this.#arm();
    return {
      shift: (phases) => this.#shift(entry, phases),
      stop: () => {
        this.#phaseOf(entry).delete(entry);
        if (this.#phases.some(({ size }) => size > 0)) return;
        clearTimeout(this.#timer);
        this.#timer = undefined;
        clearImmediate(this.#soon);
        this.#soon = undefined;
      },
    };
  }

  #phaseOf({ phase }: Entry): Set<Entry> {
    return this.#phases[phase] as Set<Entry>;
  }

  /** A full tick from now, or as near as few others tick. */
  #emptiest(): number {
    let best = this.#slot % PHASES;
    for (let phase = 0; phase < PHASES; phase++) {
      if ((this.#phases[phase]?.size ?? 0) < (this.#phases[best]?.size ?? 0)) best = phase;
    }
    return best;
  }

  #shift(entry: Entry, phases: number): void {
    if (!this.#phaseOf(entry).delete(entry)) return;
    entry.phase = (entry.phase + phases + PHASES) % PHASES;
    entry.earliestSlot = entry.lastSlot + (phases > 0 ? PHASES : 1);
    this.#phaseOf(entry).add(entry);
    this.#arm();
  }

  /** Wake up for the next slot that has listeners. */
  #arm(): void {
    if (this.#soon) return;
    clearTimeout(this.#timer);
    for (let slot = this.#slot + 1; slot <= this.#slot + PHASES; slot++) {
      if (this.#phases[slot % PHASES]?.size === 0) continue;
      this.#dueMs = (this.#origin ?? 0) + slot * PHASE_MS;
      const delay = this.#dueMs - this.#now();
      this.#timer = setTimeout(() => this.#wake(), Math.max(0, Math.ceil(delay)));
      return;
    }
    this.#timer = undefined;
  }

  /** After a stall packets wait in the sockets: they are read before ticks find them missing. */
  #wake(): void {
    if (this.#now() - this.#dueMs < PHASE_MS) return this.#run();
    this.#soon = setImmediate(() => {
      this.#soon = undefined;
      this.#run();
    });
  }

  #run(): void {
    this.#lag?.(Math.max(0, this.#now() - this.#dueMs));
    const due = Math.floor((this.#now() - (this.#origin ?? 0)) / PHASE_MS);
    const earliest = due - MOST_TICKS_AT_ONCE * PHASES;
    if (this.#slot < earliest) this.#slot = earliest;
    while (this.#slot < due) {
      this.#slot += 1;
      const now = this.#now();
      const entries = this.#phases[this.#slot % PHASES] ?? [];
      this.toPhones.collect();
      for (const entry of entries) if (!entry.last) this.#tick(entry, now);
      this.toPhones.flush();
      this.toRooms.collect();
      for (const entry of entries) if (entry.last) this.#tick(entry, now);
      this.toRooms.flush();
    }
    if (this.#phases.some(({ size }) => size > 0)) this.#arm();
  }

  #tick(entry: Entry, nowMs: number): void {
    const slots = this.#slot - entry.lastSlot;
    if (this.#slot < entry.earliestSlot) return;
    entry.lastSlot = this.#slot;
    // A gap of 10 or 30 ms, after a move, is one tick too.
    entry.tick += Math.max(1, Math.floor(slots / PHASES));
    entry.listener(entry.tick, nowMs);
  }
}
