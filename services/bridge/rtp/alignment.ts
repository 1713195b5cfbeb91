import { PHASE_MS } from './clock.ts';

/** A frame should be there so long before its tick: enough for a timer that runs late. */
const LEAST_MARGIN_MS = 3;
/** Moving the tick is worth it from here on; below, it would soon come too early. */
const MOST_MARGIN_MS = LEAST_MARGIN_MS + PHASE_MS + 2;
/** 2 s of ticks are looked at; after a tick that came too early, 5 s. */
const LOOK_TICKS = 100;
const CAREFUL_TICKS = 250;

/**
 * Decides when a call's tick should move, so that the room's frames wait as little as possible
 * before they are sent: their delay is the time between their arrival and the tick.
 */
export class Alignment {
  #least = Infinity;
  #ticks = 0;
  #wanted = LOOK_TICKS;
  #playing = false;

  /**
   * A tick has played frames.
   * @param marginMs how long ago the last frame it needed had come
   * @returns −1 to move earlier by half a tick
   */
  played(marginMs: number): -1 | 0 {
    const begins = !this.#playing;
    this.#playing = true;
    this.#least = Math.min(this.#least, marginMs);
    this.#ticks += 1;
    if (!begins && this.#ticks < this.#wanted) return 0;
    const move = this.#least < MOST_MARGIN_MS ? 0 : -1;
    this.#look(LOOK_TICKS);
    return move;
  }

  /**
   * A tick found less than it needed, though the source goes on.
   * @returns 1 to move later
   */
  starved(): 0 | 1 {
    const was = this.#playing;
    this.#playing = false;
    this.#look(CAREFUL_TICKS);
    return was ? 1 : 0;
  }

  #look(ticks: number): void {
    this.#least = Infinity;
    this.#ticks = 0;
    this.#wanted = ticks;
  }
}
