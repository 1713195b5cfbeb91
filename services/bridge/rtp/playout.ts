import { TICK_SAMPLES } from './clock.ts';
import { PlayoutQueue } from './playout-queue.ts';

/** All sources of a room, added up and clipped to 16 bits. */
export class PlayoutMixer {
  readonly #queues = new Map<string, PlayoutQueue>();
  readonly #sum = new Int32Array(TICK_SAMPLES);
  readonly #one = new Int16Array(TICK_SAMPLES);
  #holesBefore = 0;
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

  /** How often sound was missing in the middle of speech, of all sources. */
  get holes(): number {
    let holes = this.#holesBefore;
    for (const queue of this.#queues.values()) holes += queue.holes;
    return holes;
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
   * @returns false if none of it is the room's: it is silence, or made up for frames that are late
   */
  next(out: Int16Array): boolean {
    let playing = false;
    // Nearly always one agent speaks alone.
    const alone = this.#queues.size === 1;
    if (!alone) this.#sum.fill(0);
    let isSilent = true;
    for (const [source, queue] of this.#queues) {
      if (queue.done) {
        this.#queues.delete(source);
        this.#holesBefore += queue.holes;
        continue;
      }
      const one = alone ? out : this.#one;
      const played = queue.playInto(one);
      if (played === 'nothing') continue;
      isSilent = false;
      if (!alone) add(one, this.#sum);
      if (played === 'made-up') continue;
      this.#oldestMs = playing ? Math.min(this.#oldestMs, queue.oldestMs) : queue.oldestMs;
      this.#newestMs = playing ? Math.max(this.#newestMs, queue.newestMs) : queue.newestMs;
      playing = true;
    }
    if (isSilent) out.fill(0);
    else if (!alone) clip(this.#sum, out);
    return playing;
  }
}

function add(samples: Int16Array, sum: Int32Array): void {
  for (let i = 0; i < TICK_SAMPLES; i++) {
    sum[i] = (sum[i] as number) + (samples[i] as number);
  }
}

function clip(sum: Int32Array, out: Int16Array): void {
  for (let i = 0; i < TICK_SAMPLES; i++) {
    const value = sum[i] as number;
    out[i] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
  }
}
