import { sequenceDistance, type RtpPacket } from '@patchbay/common/rtp-packet';

export interface JitterBufferSink {
  /** The next packet in order. */
  packet(packet: RtpPacket, arrivedMs: number): void;
}

export interface JitterBufferOptions {
  sink: JitterBufferSink;
  /** How long a gap may hold back what came after it; 20 ms by default. */
  maxWaitMs?: number;
  /** How many later packets a gap may hold back; 2 by default. */
  maxHeld?: number;
}

export type Arrival = 'in-order' | 'held' | 'duplicate' | 'late' | 'restart';

/** A jump this wide is a new stream, not a gap (RFC 3550 A.1, MAX_DROPOUT and MAX_MISORDER). */
const RESTART_DISTANCE = 1_000;
const REMEMBERED = 256;

interface Held {
  packet: RtpPacket;
  arrivedMs: number;
}

/**
 * Puts packets in order. In order they pass at once, without delay: the agent's own receiver has
 * an adaptive jitter buffer, and a second one here would only add to it. A gap holds back what
 * follows for a short while; then the missing packets are given up.
 */
export class JitterBuffer {
  readonly #sink: JitterBufferSink;
  readonly #maxWaitMs: number;
  readonly #maxHeld: number;
  readonly #held = new Map<number, Held>();
  /** Sequence numbers that came, by their lowest bits. */
  readonly #seen = new Int32Array(REMEMBERED).fill(-1);
  #ssrc: number | undefined;
  #next = 0;
  #lost = 0;
  #late = 0;
  #duplicate = 0;

  constructor(options: JitterBufferOptions) {
    this.#sink = options.sink;
    this.#maxWaitMs = options.maxWaitMs ?? 20;
    this.#maxHeld = options.maxHeld ?? 2;
  }

  /** Packets given up, of which some came too late. */
  get lost(): number {
    return this.#lost;
  }

  get late(): number {
    return this.#late;
  }

  get duplicate(): number {
    return this.#duplicate;
  }

  push(packet: RtpPacket, nowMs: number): Arrival {
    const { sequence } = packet;
    const distance = sequenceDistance(this.#next, sequence);
    if (packet.ssrc !== this.#ssrc || Math.abs(distance) > RESTART_DISTANCE) {
      return this.#restart(packet, nowMs);
    }
    if (this.#seen[sequence % REMEMBERED] === sequence) {
      this.#duplicate += 1;
      return 'duplicate';
    }
    if (distance < 0) {
      this.#late += 1;
      this.#seen[sequence % REMEMBERED] = sequence;
      return 'late';
    }
    this.#seen[sequence % REMEMBERED] = sequence;
    if (distance > 0) {
      this.#held.set(sequence, { packet, arrivedMs: nowMs });
      if (this.#held.size > this.#maxHeld) this.#giveUp();
      return 'held';
    }
    this.#next = (sequence + 1) & 0xffff;
    this.#sink.packet(packet, nowMs);
    this.#releaseHeld();
    return 'in-order';
  }

  /** Give up gaps that have lasted too long. To be called on every tick. */
  expire(nowMs: number): void {
    while (this.#held.size > 0 && nowMs - this.#longestHeldMs() >= this.#maxWaitMs) this.#giveUp();
  }

  #longestHeldMs(): number {
    let earliest = Infinity;
    for (const { arrivedMs } of this.#held.values()) earliest = Math.min(earliest, arrivedMs);
    return earliest;
  }

  #restart(packet: RtpPacket, nowMs: number): Arrival {
    while (this.#held.size > 0) this.#giveUp();
    this.#seen.fill(-1);
    this.#seen[packet.sequence % REMEMBERED] = packet.sequence;
    this.#ssrc = packet.ssrc;
    this.#next = (packet.sequence + 1) & 0xffff;
    this.#sink.packet(packet, nowMs);
    return 'restart';
  }

  /** Go on behind the gap, with the first packet that was held back. */
  #giveUp(): void {
    let nearest = RESTART_DISTANCE + 1;
    for (const sequence of this.#held.keys()) {
      nearest = Math.min(nearest, sequenceDistance(this.#next, sequence));
    }
    this.#lost += nearest;
    this.#next = (this.#next + nearest) & 0xffff;
    this.#releaseHeld();
  }

  #releaseHeld(): void {
    for (;;) {
      const held = this.#held.get(this.#next);
      if (!held) return;
      this.#held.delete(this.#next);
      this.#next = (this.#next + 1) & 0xffff;
      this.#sink.packet(held.packet, held.arrivedMs);
    }
  }
}
