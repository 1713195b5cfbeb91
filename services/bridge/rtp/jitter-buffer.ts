import { sequenceDistance, type RtpPacket } from '@patchbay/common/rtp-packet';
import { Hold, LONGEST_HOLD_MS, SLACK_MS } from './hold.ts';

export interface JitterBufferSink {
  /**
   * The next packet in order.
   * @param skip samples at its beginning whose time is over already
   */
  packet(packet: RtpPacket, arrivedMs: number, skip: number): void;
  /**
   * Sound is due that is not there.
   * @param pause true if the phone sent none, false if packets are missing or late
   */
  missing(samples: number, pause: boolean): void;
}

export type Arrival = 'in-order' | 'held' | 'duplicate' | 'late' | 'restart';

/** A jump this wide is a new stream, not a gap (RFC 3550 A.1, MAX_DROPOUT and MAX_MISORDER). */
const RESTART_DISTANCE = 1_000;
/** So much slower or faster than the rest, a packet belongs to another time line. */
const RESTART_LATE_MS = 1_000;
const RESTART_EARLY_MS = 60;
/** After this many packets in a row that come steadily too late, the network has become slower. */
const STEADILY_LATE = 3;
const STEADY_MS = 10;
const SLOTS = 64;
const REMEMBERED = 256;
const SAMPLES_PER_MS = 8;
/** Made up in one piece while a packet is awaited. */
const PIECE_SAMPLES = 160;
/** More than this is not made up for at once. */
const MOST_BEHIND_MS = 1_000;
/** Clocks are floating point numbers. */
const EPSILON_MS = 0.01;
/** Only the first 60 ms of a loss are concealed; then there is silence. */
const CONCEALED_SAMPLES = 480;

interface Held {
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
 * Puts packets in order and says when sound is missing.
 *
 * On a clean path packets pass at once, without delay: the agent's own receiver has an adaptive
 * jitter buffer too. As packets are seen to arrive late, all are held as long as that takes
 * ({@link Hold}). A missing packet is waited for until its own playout time; then what is due is
 * reported as missing, piece by piece, in the time it would have taken. One that comes after all is
 * played in full, later than planned, if it is not more than 120 ms late: a listener that writes
 * down words would rather hear them late than not.
 */
export class JitterBuffer {
  readonly #sink: JitterBufferSink;
  readonly #hold = new Hold();
  readonly #slots: (Held | undefined)[] = new Array<undefined>(SLOTS).fill(undefined);
  /** Sequence numbers that came, by their lowest bits. */
  readonly #seen = new Int32Array(REMEMBERED).fill(-1);
  #held = 0;
  #ssrc: number | undefined;
  #next = 0;
  /** The latest timestamp, and its position. */
  #timestamp = 0;
  #position = 0;
  /** Position of the next sample to hand on. */
  #due = 0;
  /** Handed on as missing since the last packet. */
  #missing = 0;
  #lossSincePlay = false;
  #lastDuration = PIECE_SAMPLES;
  #steadilyLate = 0;
  #steadyTransitMs = 0;
  #lost = 0;
  #late = 0;
  #duplicate = 0;
  #concealedSamples = 0;

  constructor(sink: JitterBufferSink) {
    this.#sink = sink;
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

  /** Sound made up for packets that were lost or late; what replaces a pause does not count. */
  get concealedSamples(): number {
    return this.#concealedSamples;
  }

  /** How long packets are held at the moment, and at most so far. */
  get holdMs(): number {
    return this.#hold.ms;
  }

  get mostHoldMs(): number {
    return this.#hold.mostMs;
  }

  /**
   * A packet has arrived.
   * @param duration samples it holds; 0 for telephone events and comfort noise
   * @param excused it waited in this process: that says nothing of the network
   */
  push(packet: RtpPacket, duration: number, nowMs: number, excused = false): Arrival {
    const { sequence } = packet;
    const distance = sequenceDistance(this.#next, sequence);
    if (packet.ssrc !== this.#ssrc || Math.abs(distance) > RESTART_DISTANCE) {
      this.#begin(packet, nowMs);
      this.#play(this.#entry(packet, duration, this.#position, nowMs));
      return 'restart';
    }
    if (this.#seen[sequence % REMEMBERED] === sequence) {
      this.#duplicate += 1;
      return 'duplicate';
    }
    this.#seen[sequence % REMEMBERED] = sequence;
    const position = this.#position + ((packet.timestamp - this.#timestamp) | 0);
    const entry = this.#entry(packet, duration, position, nowMs);
    // Events keep the timestamp of their beginning (RFC 4733 §2.2.4): they say nothing of the transit.
    if (duration > 0) {
      if (this.#jumped(entry)) return this.#jump(entry, distance);
      entry.lateMs = this.#hold.add(entry.transitMs, nowMs, excused);
    }
    if (distance < 0) {
      this.#late += 1;
      if (duration > 0 && !excused) this.#hold.grow(entry.lateMs);
      return 'late';
    }
    if (duration > 0) {
      this.#timestamp = packet.timestamp;
      this.#position = position;
    }
    if (distance === 0 && this.#held === 0 && this.#isDue(entry, nowMs)) {
      this.#play(entry);
      return 'in-order';
    }
    this.#put(entry, distance);
    this.#release(nowMs);
    return distance === 0 ? 'in-order' : 'held';
  }

  /** Hand on what is due by now, as missing if it is not there. To be called on every tick. */
  advance(nowMs: number): void {
    if (this.#ssrc === undefined) return;
    this.#release(nowMs);
    // Whoever slept for long does not make all of it up.
    const behindMs = nowMs - this.#hold.fastest - this.#due / SAMPLES_PER_MS - MOST_BEHIND_MS;
    if (behindMs > 0) this.#due += Math.round(behindMs * SAMPLES_PER_MS);
    while (this.#isMissed(nowMs)) this.#handOnMissing(PIECE_SAMPLES);
  }

  #entry(packet: RtpPacket, duration: number, position: number, nowMs: number): Held {
    const transitMs = nowMs - position / SAMPLES_PER_MS;
    return { packet, duration, position, transitMs, lateMs: 0, arrivedMs: nowMs };
  }

  #begin(packet: RtpPacket, nowMs: number): void {
    this.#flush();
    this.#seen.fill(-1);
    this.#seen[packet.sequence % REMEMBERED] = packet.sequence;
    this.#ssrc = packet.ssrc;
    this.#next = packet.sequence;
    this.#timestamp = packet.timestamp;
    this.#position = this.#due;
    this.#missing = 0;
    this.#hold.restart(nowMs - this.#position / SAMPLES_PER_MS, nowMs);
  }

  /** The timestamp went on by other than the time that passed. */
  #jumped({ transitMs }: Held): boolean {
    const change = transitMs - this.#hold.fastest;
    return change > RESTART_LATE_MS || change < -RESTART_EARLY_MS;
  }

  /** Go on at once with the packet's own time line; only what the sequence says is lost is missing. */
  #jump(entry: Held, distance: number): Arrival {
    if (distance < 0) {
      this.#late += 1;
      return 'late';
    }
    this.#flush();
    const lost = sequenceDistance(this.#next, entry.packet.sequence);
    if (lost > 0) {
      this.#giveUp(lost);
      this.#handOnMissing(Math.min(lost * this.#lastDuration, CONCEALED_SAMPLES));
    }
    this.#timestamp = entry.packet.timestamp;
    this.#position = this.#due = entry.position;
    this.#missing = 0;
    this.#hold.restart(entry.transitMs, entry.arrivedMs);
    this.#play(entry);
    return 'restart';
  }

  #put(entry: Held, distance: number): void {
    // More than fits is waited for: give the oldest up.
    for (let over = distance - SLOTS + 1; over > 0; over--) {
      const head = this.#slots[this.#next % SLOTS];
      if (head) this.#take(head);
      else this.#giveUp(1);
    }
    this.#slots[entry.packet.sequence % SLOTS] = entry;
    this.#held += 1;
  }

  #release(nowMs: number): void {
    while (this.#held > 0) {
      const head = this.#slots[this.#next % SLOTS];
      if (head) {
        if (!this.#isDue(head, nowMs)) return;
        this.#take(head);
        continue;
      }
      if (!this.#isMissed(nowMs)) return;
      this.#passGap();
    }
  }

  /** A packet is missing and its time has come: hand on a piece in its place, or give it up. */
  #passGap(): void {
    let lost = 1;
    let first = this.#slots[(this.#next + lost) % SLOTS];
    while (!first) first = this.#slots[(this.#next + ++lost) % SLOTS];
    const gap = first.position - this.#due;
    if (gap > 0 && first.duration > 0) this.#handOnMissing(Math.min(gap, this.#lastDuration));
    else this.#giveUp(lost);
  }

  #isDue({ position, duration }: Held, nowMs: number): boolean {
    if (duration === 0) return true;
    return nowMs + EPSILON_MS >= this.#hold.fastest + position / SAMPLES_PER_MS + this.#hold.ms;
  }

  /** True when the next sample should have been handed on, and will not be waited for any longer. */
  #isMissed(nowMs: number): boolean {
    const waitMs = Math.max(this.#hold.ms, SLACK_MS);
    return nowMs + EPSILON_MS >= this.#hold.fastest + this.#due / SAMPLES_PER_MS + waitMs;
  }

  #take(entry: Held): void {
    this.#slots[entry.packet.sequence % SLOTS] = undefined;
    this.#held -= 1;
    this.#play(entry);
  }

  #play(entry: Held): void {
    const { packet, position, duration } = entry;
    this.#next = (packet.sequence + 1) & 0xffff;
    if (duration === 0) return this.#sink.packet(packet, entry.arrivedMs, 0);
    const gap = position - this.#due;
    let skip = 0;
    if (gap > 0) this.#handOnMissing(gap, !this.#lossSincePlay);
    else if (gap < 0 && this.#missing > 0) skip = this.#comesLate(entry, -gap);
    else this.#steadilyLate = 0;
    if (skip >= duration) {
      this.#late += 1;
      return;
    }
    const missing = Math.min(this.#missing, CONCEALED_SAMPLES);
    if (this.#lossSincePlay || gap < 0) this.#concealedSamples += missing;
    this.#missing = 0;
    this.#lossSincePlay = false;
    this.#lastDuration = duration;
    this.#due = position + duration;
    this.#sink.packet(packet, entry.arrivedMs, skip);
  }

  /** Part of its time was handed on as missing. @returns the samples that are not to be played */
  #comesLate(entry: Held, passed: number): number {
    this.#hold.grow(entry.lateMs);
    if (entry.lateMs <= LONGEST_HOLD_MS) return 0;
    const steady = Math.abs(entry.transitMs - this.#steadyTransitMs) < STEADY_MS;
    this.#steadyTransitMs = entry.transitMs;
    this.#steadilyLate = steady ? this.#steadilyLate + 1 : 1;
    if (this.#steadilyLate < STEADILY_LATE) return passed;
    this.#steadilyLate = 0;
    this.#hold.restart(entry.transitMs, entry.arrivedMs);
    return 0;
  }

  #handOnMissing(samples: number, pause = false): void {
    this.#due += samples;
    this.#missing += samples;
    this.#sink.missing(samples, pause);
  }

  #giveUp(packets: number): void {
    this.#lost += packets;
    this.#lossSincePlay = true;
    this.#next = (this.#next + packets) & 0xffff;
  }

  /** Play all that is held, in order, whatever the time. */
  #flush(): void {
    while (this.#held > 0) {
      const head = this.#slots[this.#next % SLOTS];
      if (head) this.#take(head);
      else this.#giveUp(1);
    }
  }
}
