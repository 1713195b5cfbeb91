import { sequenceDistance } from '@patchbay/common/rtp-packet';

/** A late packet is waited for this long; about what the playout holds in reserve, and a NACK takes. */
const WAIT_MS = 20;
/** More packets than this behind a gap, and it is not going to be filled in time. */
const MOST_HELD = 5;
/** A jump beyond this is a sender that began anew (RFC 3550 §A.1: MAX_DROPOUT is 3,000; we speak of 20 ms). */
const RESTART_DISTANCE = 100;

export interface OrderedPacket {
  sequence: number;
  /** RTP timestamp units. */
  timestamp: number;
  payload: Uint8Array;
}

export interface PacketOrderEvents<P extends OrderedPacket> {
  /** The next packet. `lost` packets before it never came. */
  next(packet: P, lost: number): void;
  /** These packets are missing for now: the sender may be asked for them. */
  missing(from: number, count: number): void;
}

/**
 * Puts packets back into order. In order they pass at once; behind a gap they wait a moment for
 * what is missing.
 */
export class PacketOrder<P extends OrderedPacket> {
  readonly #events: PacketOrderEvents<P>;
  readonly #held: P[] = [];
  #expected: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #late = 0;

  constructor(events: PacketOrderEvents<P>) {
    this.#events = events;
  }

  /** Packets that came twice, or too late to be of use. */
  get late(): number {
    return this.#late;
  }

  /** @returns true if the packet is still of use */
  wants(sequence: number): boolean {
    if (this.#expected === undefined) return false;
    const ahead = sequenceDistance(this.#expected, sequence);
    if (ahead < 0 || ahead > RESTART_DISTANCE) return false;
    return !this.#held.some((packet) => packet.sequence === sequence);
  }

  push(packet: P): void {
    const ahead =
      this.#expected === undefined ? 0 : sequenceDistance(this.#expected, packet.sequence);
    if (Math.abs(ahead) > RESTART_DISTANCE) {
      this.reset();
    } else if (ahead < 0) {
      this.#late += 1;
      return;
    } else if (ahead > 0) {
      this.#hold(packet, ahead);
      return;
    }
    this.#pass(packet, 0);
    this.#drain();
  }

  /** Forget everything: another stream begins. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held.length = 0;
    this.#expected = undefined;
  }

  #pass(packet: P, lost: number): void {
    this.#expected = (packet.sequence + 1) & 0xffff;
    this.#events.next(packet, lost);
  }

  #hold(packet: P, ahead: number): void {
    const expected = this.#expected ?? packet.sequence;
    let at = this.#held.length;
    while (at > 0) {
      const before = this.#held[at - 1];
      if (!before) break;
      const distance = sequenceDistance(before.sequence, packet.sequence);
      if (distance === 0) {
        this.#late += 1;
        return;
      }
      if (distance > 0) break;
      at -= 1;
    }
    const isNewest = at === this.#held.length;
    const before = this.#held[at - 1];
    const known = before ? sequenceDistance(expected, before.sequence) + 1 : 0;
    this.#held.splice(at, 0, packet);
    if (isNewest && ahead > known) this.#events.missing((expected + known) & 0xffff, ahead - known);
    if (this.#held.length > MOST_HELD) this.#giveUpWaiting();
    else this.#timer ??= setTimeout(() => this.#giveUpWaiting(), WAIT_MS);
  }

  /** Pass on what follows without a gap. */
  #drain(): void {
    while (this.#held[0]?.sequence === this.#expected) {
      const packet = this.#held.shift();
      if (packet) this.#pass(packet, 0);
    }
    if (this.#held.length === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  #giveUpWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const packet = this.#held.shift();
    if (!packet) return;
    this.#pass(packet, sequenceDistance(this.#expected ?? packet.sequence, packet.sequence));
    this.#drain();
    // Another gap behind it has had less than its time.
    if (this.#held.length > 0) this.#timer = setTimeout(() => this.#giveUpWaiting(), WAIT_MS);
  }
}
