import { PHASE_MS } from './clock.ts';

/** A frame should be there so long before its tick: enough for a timer that runs late. */
const LEAST_MARGIN_MS = 3;
/** Moving the tick is worth it from here on; below, it would soon come too early. */
const MOST_MARGIN_MS = LEAST_MARGIN_MS + PHASE_MS + 2;
/**
 * 2 s of ticks are looked at before a move. One that made a frame come too late within 5 s was a
 * mistake: the next takes twice as long a look.
 */
const LOOK_TICKS = 100;
const PROBATION_TICKS = 250;
const LONGEST_LOOK_TICKS = 3_000;
/** So many late frames are no accident, unless a second went by in which all were in good time. */
const STEADILY_LATE = 5;
const CALM_TICKS = 50;

/**
 * Decides when a call's tick should move, so that frames wait as little as possible before they are
 * sent: their delay is the time between their arrival and the tick. It moves rarely: a tick that goes
 * to and fro is jitter for whoever hears the frames.
 */
export class Alignment {
  #least = Infinity;
  #ticks = 0;
  /** The first frame is looked at by itself. */
  #wanted = 1;
  #look = LOOK_TICKS;
  #sinceMove = Infinity;
  #late = 0;
  #calm = 0;

  /**
   * A tick has played frames.
   * @param marginMs how long ago the last frame it needed had come
   * @returns true if the tick should move by half of 20 ms
   */
  played(marginMs: number): boolean {
    this.#calm = marginMs < LEAST_MARGIN_MS ? 0 : this.#calm + 1;
    if (this.#calm === CALM_TICKS) this.#late = 0;
    this.#least = Math.min(this.#least, marginMs);
    this.#sinceMove += 1;
    if (this.#sinceMove === PROBATION_TICKS) this.#look = LOOK_TICKS;
    this.#ticks += 1;
    if (this.#ticks < this.#wanted) return false;
    const isWorthIt = this.#least >= MOST_MARGIN_MS;
    if (isWorthIt) this.#sinceMove = 0;
    this.#lookAgain();
    return isWorthIt;
  }

  /** The frames' rhythm may be another from here on: the next one is looked at by itself again. */
  begin(): void {
    this.#lookAgain();
    this.#wanted = 1;
  }

  /**
   * A frame came after the tick that should have played it.
   * @returns true if many do, so that the tick should move
   */
  late(): boolean {
    if (this.#sinceMove < PROBATION_TICKS) {
      this.#sinceMove = Infinity;
      this.#look = Math.min(2 * this.#look, LONGEST_LOOK_TICKS);
      this.#lookAgain();
    }
    this.#calm = 0;
    this.#late += 1;
    if (this.#late < STEADILY_LATE) return false;
    this.#late = 0;
    this.#lookAgain();
    return true;
  }

  #lookAgain(): void {
    this.#least = Infinity;
    this.#ticks = 0;
    this.#wanted = this.#look;
  }
}
