import { sequenceDistance, type RtpPacket } from '@patchbay/common/rtp-packet';

/** Packets that may wait for one before them. */
const SLOTS = 64;
/** Sequence numbers that are known to have come. */
const REMEMBERED = 256;

/** A packet, and its place in the sound. */
export interface Held {
  packet: RtpPacket;
  /** Samples it holds; 0 for what is no sound. */
  duration: number;
  /** First sample on the stream's own time line, in samples; does not wrap. */
  position: number;
  transitMs: number;
  lateMs: number;
  arrivedMs: number;
}

/**
 * The packets of one stream by their sequence numbers (RFC 3550 §5.1): which is next, which came
 * already, and those that wait for others before them.
 */
export class ReorderWindow {
  readonly #slots: (Held | undefined)[] = new Array<undefined>(SLOTS).fill(undefined);
  /** Sequence numbers that came, by their lowest bits. */
  readonly #seen = new Int32Array(REMEMBERED).fill(-1);
  #waiting = 0;
  #next = 0;

  /** Packets that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The next packet in order, if it waits. */
  get head(): Held | undefined {
    return this.#slots[this.#next % SLOTS];
  }

  /** How far a sequence number is after the next in order; negative if its turn is over. */
  distance(sequence: number): number {
    return sequenceDistance(this.#next, sequence);
  }

  /** A new stream begins with this packet. Nothing must wait. */
  begin(sequence: number): void {
    this.#seen.fill(-1);
    this.#seen[sequence % REMEMBERED] = sequence;
    this.#next = sequence;
  }

  /** A packet has come. @returns false if it came before */
  note(sequence: number): boolean {
    if (this.#seen[sequence % REMEMBERED] === sequence) return false;
    this.#seen[sequence % REMEMBERED] = sequence;
    return true;
  }

  /** How many places a packet so far ahead is beyond the window. */
  beyond(distance: number): number {
    return distance - SLOTS + 1;
  }

  /** Let a packet wait. It must not be beyond the window. */
  put(entry: Held): void {
    this.#slots[entry.packet.sequence % SLOTS] = entry;
    this.#waiting += 1;
  }

  /** How many packets are missing before the first that waits. One must. */
  missing(): number {
    let missing = 0;
    while (!this.#slots[(this.#next + missing) % SLOTS]) missing += 1;
    return missing;
  }

  /** The packet that waits so many places after the next in order. */
  at(distance: number): Held | undefined {
    return this.#slots[(this.#next + distance) % SLOTS];
  }

  /** A packet waits no more. */
  take({ packet: { sequence } }: Held): void {
    this.#slots[sequence % SLOTS] = undefined;
    this.#waiting -= 1;
  }

  /** The packet after this one is next. */
  passed(sequence: number): void {
    this.#next = (sequence + 1) & 0xffff;
  }

  /** So many packets will not be waited for. */
  skip(packets: number): void {
    this.#next = (this.#next + packets) & 0xffff;
  }
}
