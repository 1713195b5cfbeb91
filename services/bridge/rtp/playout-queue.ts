import { TICK_SAMPLES } from './clock.ts';
import { Concealer } from './concealer.ts';

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

/** A shortage that ends so soon was a hole in speech; a longer one is a pause. */
const HOLE_TICKS = 5;
/** What begins after a pause waits until so much more is there, if speech had holes lately. */
const RESERVE_STEP_SAMPLES = 80;
const MOST_RESERVE_SAMPLES = 320;
/** So long without a hole, 10 s, and less is kept in reserve. */
const SMOOTH_TICKS = 500;

/** What a tick got: the room's sound, something made up for a frame that is late, or nothing. */
type Played = 'sound' | 'made-up' | 'nothing';

interface Chunk {
  samples: Int16Array;
  /** Samples of it already played. */
  played: number;
  arrivedMs: number;
}

/**
 * Audio of one source of the room, waiting for the clock. Frames arrive unevenly; they leave
 * 160 samples a tick, as soon as there are so many. Where speech has holes because frames come too
 * late, something alike is made up for one tick (docs/decisions/0010-late-frames-to-the-phone.md), and
 * the next sentences begin up to 40 ms later, until it has been smooth for long.
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
  /** Ticks since the last sound, and since the last hole. */
  #silentTicks = HOLE_TICKS + 1;
  #smoothTicks = 0;
  #heldTicks = 0;
  #reserve = 0;
  #holes = 0;
  #oldestMs = 0;
  #newestMs = 0;
  #lastPlayed: Int16Array | undefined;
  readonly #concealer = new Concealer();

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

  /** How often sound was missing in the middle of speech; what follows silence is none. */
  get holes(): number {
    return this.#holes;
  }

  /** When the first and the last of the samples came that {@link playInto} took. */
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
   * Write the next 160 samples to `out`, what is missing at the end of a source as silence. If there
   * is nothing, `out` is as it was.
   */
  playInto(out: Int16Array): Played {
    if (!this.#isReady()) return this.#makeUp(out) ? 'made-up' : 'nothing';
    let written = 0;
    for (let take = this.#next(0); take > 0; take = this.#next(written)) {
      const { samples, played } = this.#chunks[0] as Chunk;
      for (let i = 0; i < take; i++) out[written + i] = samples[played + i] as number;
      written += take;
      this.#consume(take);
    }
    out.fill(0, written);
    this.#concealer.heard(out);
    this.#trim();
    return 'sound';
  }

  /** Bridge the first tick without sound in the middle of speech; in the second it dies away. */
  #makeUp(out: Int16Array): boolean {
    if (this.#silentTicks > 2 || isQuiet(this.#lastPlayed)) return false;
    if (this.#silentTicks === 1) this.#concealer.conceal(out);
    else this.#concealer.dieAway(out);
    return true;
  }

  #isReady(): boolean {
    if (this.#has() && !this.#mustHold()) {
      if (!this.#playing) this.#begin();
      this.#smoothTicks += 1;
      if (this.#smoothTicks % SMOOTH_TICKS === 0) this.#setReserve(-RESERVE_STEP_SAMPLES);
      this.#oldestMs = this.#chunks[0]?.arrivedMs ?? 0;
      return true;
    }
    if (this.#playing) this.#look(CAREFUL_TICKS);
    this.#playing = false;
    this.#silentTicks += 1;
    return false;
  }

  #has(): boolean {
    return this.#waiting >= TICK_SAMPLES || (this.#ended && this.#waiting > 0);
  }

  /** After a pause what comes first waits for its reserve, once; in a hole nothing waits. */
  #mustHold(): boolean {
    if (this.#playing || this.#ended || this.#silentTicks <= HOLE_TICKS) return false;
    const enough = this.#waiting >= TICK_SAMPLES + this.#reserve;
    if (enough || this.#heldTicks * TICK_SAMPLES >= this.#reserve) return false;
    this.#heldTicks += 1;
    return true;
  }

  #begin(): void {
    if (this.#silentTicks <= HOLE_TICKS && !isQuiet(this.#lastPlayed)) {
      this.#holes += 1;
      this.#smoothTicks = 0;
      this.#setReserve(RESERVE_STEP_SAMPLES);
    }
    this.#playing = true;
    this.#silentTicks = this.#heldTicks = 0;
  }

  #setReserve(change: number): void {
    this.#reserve = Math.max(0, Math.min(MOST_RESERVE_SAMPLES, this.#reserve + change));
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
    this.#lastPlayed = chunk.samples;
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
    this.#excess = this.#leastSpare - this.#reserve;
    this.#look(LOOK_TICKS);
  }

  #look(ticks: number): void {
    this.#ticks = 0;
    this.#lookAfter = ticks;
    this.#leastSpare = MAX_SAMPLES;
  }

  #nextIsQuiet(): boolean {
    return this.#chunks[0] !== undefined && isQuiet(this.#chunks[0].samples);
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

/** Nothing in it would be heard. */
export function isQuiet(samples: Int16Array | undefined): boolean {
  return samples?.every((sample) => Math.abs(sample) < QUIET_AMPLITUDE) ?? true;
}
