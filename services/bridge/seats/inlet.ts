import { Alignment } from '../rtp/alignment.ts';
import type { MediaClock, Ticking } from '../rtp/clock.ts';
import { LatencyTracker } from '../rtp/latency.ts';

export interface InletEvents {
  /** Audio for the room. */
  audio(samples: Int16Array): void;
  /** Time between a packet's arrival and its way into the room, in ms. */
  delay(ms: number): void;
}

/** What a phone's packet holds as a rule: only such a rhythm can be followed. */
const USUAL_SAMPLES = 160;

/**
 * Holds the phone's audio until the next moment of the clock, a few ms away, at which it goes into the
 * room together with that of other calls. Encoding and encrypting one packet after the other costs a
 * fraction of doing each as it comes, when the processor has forgotten how. The moment follows the
 * packets' arrival, so that each moment finds one packet; one that is late does not wait for the next.
 */
export class Inlet {
  readonly #clock: MediaClock;
  readonly #events: InletEvents;
  readonly #waiting: Int16Array[] = [];
  readonly #alignment = new Alignment();
  readonly #delays = new LatencyTracker();
  #ticking: Ticking | undefined;
  /** When the last packet was put here, and when it had come to this process. */
  #pushedMs = 0;
  #arrivedMs: number | undefined;
  #usual = true;
  /** The last moment, or the time since, had a packet: so should the next. */
  #flowing = false;
  /** The last moment should have found one. */
  #overdue = false;
  #closed = false;

  constructor(clock: MediaClock, events: InletEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Median of the delays in ms; undefined if there was nothing. */
  get delayMs(): number | undefined {
    return this.#delays.median;
  }

  push(samples: Int16Array, nowMs: number): void {
    if (this.#closed) return;
    this.#ticking ??= this.#clock.listen((_tick, tickMs) => this.#tick(tickMs), true);
    this.#usual = samples.length === USUAL_SAMPLES;
    this.#pushedMs = nowMs;
    if (!this.#overdue) return void this.#waiting.push(samples);
    this.#overdue = false;
    this.#events.audio(samples);
    const moves = this.#alignment.late();
    if (moves) this.#ticking.shift(-1);
    // A moment that comes sooner is none that misses one.
    this.#flowing = !moves;
  }

  /** The packet that was pushed last had come so long ago. */
  held(ms: number, nowMs: number): void {
    if (this.#waiting.length === 0) this.#delayed(ms);
    else this.#arrivedMs = nowMs - ms;
  }

  close(): void {
    this.#closed = true;
    this.#ticking?.stop();
    this.#ticking = undefined;
    this.#waiting.length = 0;
  }

  #tick(nowMs: number): void {
    const flowing = this.#flowing;
    this.#flowing = this.#waiting.length > 0;
    if (!this.#flowing) {
      this.#overdue ||= this.#usual && flowing;
      return;
    }
    for (const samples of this.#waiting) this.#events.audio(samples);
    this.#waiting.length = 0;
    if (this.#arrivedMs !== undefined) {
      this.#delayed(nowMs - this.#arrivedMs);
      this.#arrivedMs = undefined;
    }
    if (!this.#usual) return;
    if (this.#alignment.played(nowMs - this.#pushedMs)) this.#ticking?.shift(-1);
  }

  #delayed(ms: number): void {
    this.#delays.add(ms);
    this.#events.delay(ms);
  }
}
