import { TICK_SAMPLES } from './clock.ts';

/** More than this waiting is delay the caller would hear, also after an interruption: the oldest goes. */
const MAX_SAMPLES = 640;
/** What was not needed in 300 ms goes: it is only delay. After a shortage it has to be 2 s. */
const LOOK_TICKS = 15;
const CAREFUL_TICKS = 100;
/** 10 ms at a time: in a pause at once, in speech one each look. */
const TRIM_SAMPLES = 80;
const QUIET_AMPLITUDE = 300;
/** What nothing followed for so long belongs to a sentence that is over. */
const STALE_MS = 60;

interface Chunk {
  samples: Int16Array;
  /** Samples of it already played. */
  played: number;
  arrivedMs: number;
}

/**
 * Audio of one source of the room, waiting for the clock. Frames arrive unevenly; they leave
 * 160 samples a tick, as soon as there are so many.
 */
export class PlayoutQueue {
  readonly #chunks: Chunk[] = [];
  #waiting = 0;
  #ended = false;
  #leastSpare = MAX_SAMPLES;
  #ticks = 0;
  #lookAfter = LOOK_TICKS;
  #excess = 0;
  #playing = false;
  #oldestMs = 0;
  #newestMs = 0;

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

  /** When the first and the last of the samples came that {@link mixInto} took. */
  get oldestMs(): number {
    return this.#oldestMs;
  }

  get newestMs(): number {
    return this.#newestMs;
  }

  push(samples: Int16Array, nowMs: number): void {
    if (samples.length === 0 || this.#ended) return;
    const last = this.#chunks.at(-1);
    if (last && nowMs - last.arrivedMs > STALE_MS) this.#drop(this.#waiting);
    this.#chunks.push({ samples, played: 0, arrivedMs: nowMs });
    this.#waiting += samples.length;
    if (this.#waiting > MAX_SAMPLES) this.#drop(this.#waiting - MAX_SAMPLES);
  }

  /**
   * Write the next 160 samples to `out`, what is missing at the end of a source as silence.
   * @returns false if there are not enough: `out` is as it was
   */
  playInto(out: Int16Array): boolean {
    if (!this.#isReady()) return false;
    let written = 0;
    for (let take = this.#next(0); take > 0; take = this.#next(written)) {
      const { samples, played } = this.#chunks[0] as Chunk;
      for (let i = 0; i < take; i++) out[written + i] = samples[played + i] as number;
      written += take;
      this.#consume(take);
    }
    out.fill(0, written);
    this.#trim();
    return true;
  }

  /** Likewise, but add them to what is in `out`. */
  mixInto(out: Int32Array): boolean {
    if (!this.#isReady()) return false;
    let written = 0;
    for (let take = this.#next(0); take > 0; take = this.#next(written)) {
      const { samples, played } = this.#chunks[0] as Chunk;
      for (let i = 0; i < take; i++) {
        out[written + i] = (out[written + i] as number) + (samples[played + i] as number);
      }
      written += take;
      this.#consume(take);
    }
    this.#trim();
    return true;
  }

  #isReady(): boolean {
    if (this.#waiting >= TICK_SAMPLES || (this.#ended && this.#waiting > 0)) {
      this.#playing = true;
      this.#oldestMs = this.#chunks[0]?.arrivedMs ?? 0;
      return true;
    }
    if (this.#playing) this.#look(CAREFUL_TICKS);
    this.#playing = false;
    return false;
  }

  /** Samples that the oldest chunk gives to a tick that has some already. */
  #next(written: number): number {
    const chunk = this.#chunks[0];
    return chunk ? Math.min(TICK_SAMPLES - written, chunk.samples.length - chunk.played) : 0;
  }

  #consume(count: number): void {
    const chunk = this.#chunks[0] as Chunk;
    chunk.played += count;
    this.#waiting -= count;
    this.#newestMs = chunk.arrivedMs;
    if (chunk.played === chunk.samples.length) this.#chunks.shift();
  }

  /** Forget all but the newest: what is older would only be delay. */
  keepNewest(samples: number): void {
    if (this.#waiting > samples) this.#drop(this.#waiting - samples);
  }

  /** What was in reserve all the time is delay for nothing; it goes where nobody hears it go. */
  #trim(): void {
    this.#leastSpare = Math.min(this.#leastSpare, this.#waiting);
    this.#ticks += 1;
    const lookNow = this.#ticks >= this.#lookAfter;
    if (this.#excess >= TRIM_SAMPLES && (lookNow || this.#nextIsQuiet())) {
      this.#drop(TRIM_SAMPLES);
      this.#excess -= TRIM_SAMPLES;
      this.#leastSpare -= TRIM_SAMPLES;
    }
    if (!lookNow) return;
    this.#excess = this.#leastSpare;
    this.#look(LOOK_TICKS);
  }

  #look(ticks: number): void {
    this.#ticks = 0;
    this.#lookAfter = ticks;
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
  #oldestMs = 0;
  #newestMs = 0;

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

  /** Playing begins, or goes on after a gap: what has gathered is only delay. */
  begin(): void {
    for (const queue of this.#queues.values()) queue.keepNewest(TICK_SAMPLES);
  }

  endAll(): void {
    for (const queue of this.#queues.values()) queue.end();
  }

  get sources(): number {
    return this.#queues.size;
  }

  /** Samples that wait, of the source with most. */
  get waiting(): number {
    let most = 0;
    for (const { waiting } of this.#queues.values()) most = Math.max(most, waiting);
    return most;
  }

  /** When the first and the last came of what {@link next} played. */
  get oldestMs(): number {
    return this.#oldestMs;
  }

  get newestMs(): number {
    return this.#newestMs;
  }

  /**
   * Fill `out` with the next 20 ms.
   * @returns false if it is silence
   */
  next(out: Int16Array): boolean {
    let playing = false;
    // Nearly always one agent speaks alone.
    const alone = this.#queues.size === 1;
    const sum = alone ? this.#sum : this.#sum.fill(0);
    for (const [source, queue] of this.#queues) {
      if (queue.done) {
        this.#queues.delete(source);
        continue;
      }
      if (!(alone ? queue.playInto(out) : queue.mixInto(sum))) continue;
      this.#oldestMs = playing ? Math.min(this.#oldestMs, queue.oldestMs) : queue.oldestMs;
      this.#newestMs = playing ? Math.max(this.#newestMs, queue.newestMs) : queue.newestMs;
      playing = true;
    }
    if (!playing) out.fill(0);
    else if (!alone) clip(sum, out);
    return playing;
  }
}

function clip(sum: Int32Array, out: Int16Array): void {
  for (let i = 0; i < TICK_SAMPLES; i++) {
    const value = sum[i] as number;
    out[i] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
  }
}
