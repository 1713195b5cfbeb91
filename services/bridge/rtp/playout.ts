import { TICK_SAMPLES } from './clock.ts';

/** Samples that must wait before playing begins: one packet, and 10 ms for uneven arrival. */
const PREFILL_SAMPLES = 240;
/** More than this waiting is delay the caller would hear: the oldest goes. */
const MAX_SAMPLES = 800;
/** If this much was never needed in 300 ms, what exceeds the reserve goes. */
const SPARE_SAMPLES = 160;
const RESERVE_SAMPLES = 80;
const LOOK_EVERY_TICKS = 15;
/** 10 ms at a time: in a pause at once, in speech one each look. */
const TRIM_SAMPLES = 80;
const QUIET_AMPLITUDE = 300;

interface Chunk {
  samples: Int16Array;
  /** Samples of it already played. */
  played: number;
  arrivedMs: number;
}

/**
 * Audio of one source of the room, waiting for the clock. Frames arrive unevenly; they leave
 * 160 samples a tick.
 */
export class PlayoutQueue {
  readonly #chunks: Chunk[] = [];
  #waiting = 0;
  #playing = false;
  #ended = false;
  #leastSpare = MAX_SAMPLES;
  #ticks = 0;
  #excess = 0;

  /** Samples that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Nothing more comes: what waits is played to the last sample. */
  end(): void {
    this.#ended = true;
  }

  /** True when it has ended and all was played. */
  get done(): boolean {
    return this.#ended && this.#waiting === 0;
  }

  push(samples: Int16Array, nowMs: number): void {
    if (samples.length === 0 || this.#ended) return;
    this.#chunks.push({ samples, played: 0, arrivedMs: nowMs });
    this.#waiting += samples.length;
    if (this.#waiting > MAX_SAMPLES) this.#drop(this.#waiting - MAX_SAMPLES);
  }

  /**
   * Add the next 160 samples to `out`.
   * @returns when the first of them arrived, or undefined if silence is to be played
   */
  mixInto(out: Int32Array): number | undefined {
    if (!this.#ended && !this.#playing && this.#waiting < PREFILL_SAMPLES) return undefined;
    if (!this.#ended && this.#waiting < TICK_SAMPLES) {
      // Underrun. Gather the first packet anew, or every tick would come short.
      this.#playing = false;
      return undefined;
    }
    this.#playing = true;
    const arrivedMs = this.#chunks[0]?.arrivedMs;
    let written = 0;
    while (written < TICK_SAMPLES) {
      const chunk = this.#chunks[0];
      if (!chunk) break;
      const take = Math.min(TICK_SAMPLES - written, chunk.samples.length - chunk.played);
      for (let i = 0; i < take; i++) {
        out[written + i] = (out[written + i] ?? 0) + (chunk.samples[chunk.played + i] ?? 0);
      }
      written += take;
      chunk.played += take;
      if (chunk.played === chunk.samples.length) this.#chunks.shift();
    }
    this.#waiting -= written;
    this.#trim();
    return arrivedMs;
  }

  /** Forget all but the newest: what is older would only be delay. */
  keepNewest(samples: number): void {
    if (this.#waiting > samples) this.#drop(this.#waiting - samples);
  }

  /** What was in reserve all the time is delay for nothing; it goes where nobody hears it go. */
  #trim(): void {
    this.#leastSpare = Math.min(this.#leastSpare, this.#waiting);
    this.#ticks += 1;
    const lookNow = this.#ticks >= LOOK_EVERY_TICKS;
    if (this.#excess >= TRIM_SAMPLES && (lookNow || this.#nextIsQuiet())) {
      this.#drop(TRIM_SAMPLES);
      this.#excess -= TRIM_SAMPLES;
      this.#leastSpare -= TRIM_SAMPLES;
    }
    if (!lookNow) return;
    this.#excess = this.#leastSpare >= SPARE_SAMPLES ? this.#leastSpare - RESERVE_SAMPLES : 0;
    this.#ticks = 0;
    this.#leastSpare = MAX_SAMPLES;
  }

  #nextIsQuiet(): boolean {
    const chunk = this.#chunks[0];
    return chunk?.samples.every((sample) => Math.abs(sample) < QUIET_AMPLITUDE) ?? false;
  }

  #drop(count: number): void {
    let left = Math.min(count, this.#waiting);
    this.#waiting -= left;
    while (left > 0) {
      const chunk = this.#chunks[0];
      if (!chunk) return;
      const take = Math.min(left, chunk.samples.length - chunk.played);
      chunk.played += take;
      left -= take;
      if (chunk.played === chunk.samples.length) this.#chunks.shift();
    }
  }
}

/** All sources of a room, added up and clipped to 16 bits. */
export class PlayoutMixer {
  readonly #queues = new Map<string, PlayoutQueue>();
  readonly #sum = new Int32Array(TICK_SAMPLES);

  push(source: string, samples: Int16Array, nowMs: number): void {
    let queue = this.#queues.get(source);
    if (!queue) {
      queue = new PlayoutQueue();
      this.#queues.set(source, queue);
    }
    queue.push(samples, nowMs);
  }

  /** The source has ended; what it left is still played. */
  end(source: string): void {
    this.#queues.get(source)?.end();
  }

  /** Playing begins, or goes on after a gap: keep of every source what a running queue would hold. */
  begin(): void {
    for (const queue of this.#queues.values()) queue.keepNewest(PREFILL_SAMPLES);
  }

  endAll(): void {
    for (const queue of this.#queues.values()) queue.end();
  }

  get sources(): number {
    return this.#queues.size;
  }

  /**
   * Fill `out` with the next 20 ms.
   * @returns when the oldest sample in it arrived, or undefined if it is silence
   */
  next(out: Int16Array): number | undefined {
    this.#sum.fill(0);
    let oldest: number | undefined;
    for (const [source, queue] of this.#queues) {
      if (queue.done) {
        this.#queues.delete(source);
        continue;
      }
      const arrivedMs = queue.mixInto(this.#sum);
      if (arrivedMs !== undefined && (oldest === undefined || arrivedMs < oldest))
        oldest = arrivedMs;
    }
    for (let i = 0; i < TICK_SAMPLES; i++) {
      out[i] = Math.max(-32_768, Math.min(32_767, this.#sum[i] ?? 0));
    }
    return oldest;
  }
}
