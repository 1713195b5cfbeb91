import { Hold, LONGEST_HOLD_MS, SLACK_MS } from './hold.ts';

export const SAMPLES_PER_MS = 8;
/** So much slower or faster than the rest, a packet belongs to another time line. */
const RESTART_LATE_MS = 1_000;
const RESTART_EARLY_MS = 60;
/** After this many packets in a row that come steadily too late, the network has become slower. */
const STEADILY_LATE = 3;
const STEADY_MS = 10;
/** Clocks are floating point numbers. */
const EPSILON_MS = 0.01;

/**
 * When the sound of a stream is to be played: its timestamps as positions that don't wrap, in samples,
 * and the moment at which each position is due, by the fastest packet and the {@link Hold}.
 */
export class PlayoutTime {
  readonly #hold = new Hold();
  /** The latest timestamp, and its position. */
  #timestamp = 0;
  #position = 0;
  #steadilyLate = 0;
  #steadyTransitMs = 0;

  /** How long packets are held at the moment, and at most so far. */
  get holdMs(): number {
    return this.#hold.ms;
  }

  get mostHoldMs(): number {
    return this.#hold.mostMs;
  }

  /** The timestamps begin anew. @param position where they do */
  restart(timestamp: number, position: number, nowMs: number): void {
    this.follow(timestamp, position);
    this.#hold.restart(this.transitMs(position, nowMs), nowMs);
  }

  /** Later positions are told from this timestamp on. */
  follow(timestamp: number, position: number): void {
    this.#timestamp = timestamp;
    this.#position = position;
  }

  positionOf(timestamp: number): number {
    return this.#position + ((timestamp - this.#timestamp) | 0);
  }

  /** Arrival minus time of sending, in ms, on a scale of its own. */
  transitMs(position: number, nowMs: number): number {
    return nowMs - position / SAMPLES_PER_MS;
  }

  /** The timestamp went on by other than the time that passed. */
  hasJumped(transitMs: number): boolean {
    const change = transitMs - this.#hold.fastest;
    return change > RESTART_LATE_MS || change < -RESTART_EARLY_MS;
  }

  /** See {@link Hold.add}. */
  measure(transitMs: number, nowMs: number, excused: boolean): number {
    return this.#hold.add(transitMs, nowMs, excused);
  }

  /** See {@link Hold.grow}. */
  grow(lateMs: number): void {
    this.#hold.grow(lateMs);
  }

  /** Is it time to play what is at this position? */
  isDue(position: number, nowMs: number): boolean {
    return this.behindMs(position, nowMs) + EPSILON_MS >= this.#hold.ms;
  }

  /** Should it have been played, so that it will not be waited for any longer? */
  isMissed(position: number, nowMs: number): boolean {
    return this.behindMs(position, nowMs) + EPSILON_MS >= Math.max(this.#hold.ms, SLACK_MS);
  }

  /** How long ago it would have been played if nothing were ever held. */
  behindMs(position: number, nowMs: number): number {
    return this.transitMs(position, nowMs) - this.#hold.fastest;
  }

  /**
   * A packet came when its time was over already.
   * @returns true if it is to be played all the same: it is not too late for that, or the network has
   *   become slower for good, and from this packet on its time is told anew
   */
  acceptLate(transitMs: number, lateMs: number, arrivedMs: number): boolean {
    this.#hold.grow(lateMs);
    if (lateMs <= LONGEST_HOLD_MS) return true;
    const steady = Math.abs(transitMs - this.#steadyTransitMs) < STEADY_MS;
    this.#steadyTransitMs = transitMs;
    this.#steadilyLate = steady ? this.#steadilyLate + 1 : 1;
    if (this.#steadilyLate < STEADILY_LATE) return false;
    this.#steadilyLate = 0;
    this.#hold.restart(transitMs, arrivedMs);
    return true;
  }

  /** A packet came in time. */
  cameInTime(): void {
    this.#steadilyLate = 0;
  }
}
