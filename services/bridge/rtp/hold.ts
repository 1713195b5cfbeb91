/** Less than this late, a packet is played at once: nothing has been concealed in its place yet. */
export const SLACK_MS = 20;
export const LONGEST_HOLD_MS = 120;

const STEP_MS = 5;
const BUCKETS = LONGEST_HOLD_MS / STEP_MS + 1;
/** The part of the packets that must arrive before the hold is over. */
const COVERED = 0.98;
/** Weight of the past: about the last 250 packets, 5 s. */
const MEMORY = 250;
const LOOK_EVERY_MS = 500;
/** The fastest packet is looked for among those of the last 5 to 10 s: slower clocks are followed. */
const WINDOW_MS = 5_000;

/**
 * How late packets arrive, compared with the fastest of the last seconds, and how long packets have
 * to be held so that nearly all come in time. Zero while they are late by less than one packet.
 */
export class Hold {
  readonly #late = new Float64Array(BUCKETS);
  #packets = 0;
  #fastest = Infinity;
  #fastestBefore = Infinity;
  #windowFromMs = 0;
  #lookedAtMs = 0;
  #holdMs = 0;
  #mostMs = 0;

  /** How long packets are held now. */
  get ms(): number {
    return this.#holdMs;
  }

  /** The longest it ever was. */
  get mostMs(): number {
    return this.#mostMs;
  }

  /** Transit time of the fastest packet: arrival minus timestamp, on a scale of its own. */
  get fastest(): number {
    return Math.min(this.#fastest, this.#fastestBefore);
  }

  /**
   * A packet arrived after `transitMs`.
   * @param excused it waited in this process: that says nothing of the network
   * @returns by how much it was slower than the fastest, in ms
   */
  add(transitMs: number, nowMs: number, excused: boolean): number {
    if (nowMs - this.#windowFromMs > WINDOW_MS && !excused) {
      this.#fastestBefore = this.#fastest;
      this.#fastest = transitMs;
      this.#windowFromMs = nowMs;
    } else if (transitMs < this.#fastest) this.#fastest = transitMs;
    const lateMs = transitMs - this.fastest;
    if (!excused) this.#count(lateMs);
    if (nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) this.#look(nowMs);
    return lateMs;
  }

  /** A packet came after its turn: from now on such a one is waited for. */
  grow(lateMs: number): void {
    const wanted = Math.min(LONGEST_HOLD_MS, Math.ceil(lateMs / STEP_MS) * STEP_MS);
    if (wanted > this.#holdMs) this.#set(wanted);
  }

  /** The timestamps have jumped: measure the fastest anew. The hold stays, the network is the same. */
  restart(transitMs: number, nowMs: number): void {
    this.#fastest = transitMs;
    this.#fastestBefore = Infinity;
    this.#windowFromMs = nowMs;
  }

  #count(lateMs: number): void {
    this.#packets = Math.min(this.#packets + 1, MEMORY);
    const forget = 1 / this.#packets;
    for (let i = 0; i < BUCKETS; i++) {
      this.#late[i] = (this.#late[i] as number) * (1 - forget);
    }
    const bucket = Math.min(BUCKETS - 1, Math.ceil(lateMs / STEP_MS));
    this.#late[bucket] = (this.#late[bucket] as number) + forget;
  }

  /** Grow at once, shrink slowly: 10 ms a second. */
  #look(nowMs: number): void {
    this.#lookedAtMs = nowMs;
    let covered = 0;
    let bucket = 0;
    while (bucket < BUCKETS - 1 && (covered += this.#late[bucket] as number) < COVERED) bucket += 1;
    const lateMs = bucket * STEP_MS;
    const target = lateMs <= SLACK_MS ? 0 : lateMs;
    this.#set(Math.max(target, this.#holdMs - STEP_MS));
  }

  #set(holdMs: number): void {
    this.#holdMs = holdMs;
    this.#mostMs = Math.max(this.#mostMs, holdMs);
  }
}
