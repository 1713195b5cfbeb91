import type { RtpPacket } from '@patchbay/common/rtp-packet';
import { PlayoutTime, SAMPLES_PER_MS } from './playout-time.ts';
import { ReorderWindow, type Held } from './reorder-window.ts';

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
/** Made up in one piece while a packet is awaited. */
const PIECE_SAMPLES = 160;
/** More than this is not made up for at once. */
const MOST_BEHIND_MS = 1_000;
/** Only the first 60 ms of a loss are concealed; then there is silence. */
const CONCEALED_SAMPLES = 480;

/**
 * Puts packets in order and says when sound is missing.
 *
 * On a clean path packets pass at once, without delay: the agent's own receiver has an adaptive
 * jitter buffer too. As packets are seen to arrive late, all are held as long as that takes
 * ({@link PlayoutTime}). A missing packet is waited for until its own playout time; then what is due
 * is reported as missing, piece by piece, in the time it would have taken. One that comes after all
 * is played in full, later than planned, if it is not more than 120 ms late: a listener that writes
 * down words would rather hear them late than not.
 */
export class JitterBuffer {
  readonly #sink: JitterBufferSink;
  readonly #time = new PlayoutTime();
  readonly #window = new ReorderWindow();
  #ssrc: number | undefined;
  /** Position of the next sample to hand on. */
  #due = 0;
  /** Handed on as missing since the last packet. */
  #missing = 0;
  #lossSincePlay = false;
  #lastDuration = PIECE_SAMPLES;
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
    return this.#time.holdMs;
  }

  get mostHoldMs(): number {
    return this.#time.mostHoldMs;
  }

  /**
   * A packet has arrived.
   * @param duration samples it holds; 0 for telephone events and comfort noise
   * @param excused it waited in this process: that says nothing of the network
   */
  push(packet: RtpPacket, duration: number, nowMs: number, excused = false): Arrival {
    const { sequence, timestamp } = packet;
    const distance = this.#window.distance(sequence);
    if (packet.ssrc !== this.#ssrc || Math.abs(distance) > RESTART_DISTANCE) {
      this.#begin(packet, nowMs);
      this.#play(this.#entry(packet, duration, this.#due, nowMs));
      return 'restart';
    }
    if (!this.#window.note(sequence)) {
      this.#duplicate += 1;
      return 'duplicate';
    }
    const position = this.#time.positionOf(timestamp);
    const entry = this.#entry(packet, duration, position, nowMs);
    // Events keep the timestamp of their beginning (RFC 4733 §2.2.4): they say nothing of the transit.
    if (duration > 0) {
      if (this.#time.hasJumped(entry.transitMs)) return this.#jump(entry, distance);
      entry.lateMs = this.#time.measure(entry.transitMs, nowMs, excused);
    }
    if (distance < 0) {
      this.#late += 1;
      if (duration > 0 && !excused) this.#time.grow(entry.lateMs);
      return 'late';
    }
    if (duration > 0) this.#time.follow(timestamp, position);
    if (distance === 0 && this.#window.waiting === 0 && this.#isDue(entry, nowMs)) {
      this.#play(entry);
      return 'in-order';
    }
    this.#put(entry, distance);
    // What is held leaves by the clock: the arrivals of others would only hand their jitter on to it.
    if (this.#time.holdMs === 0) this.#release(nowMs);
    return distance === 0 ? 'in-order' : 'held';
  }

  /** Hand on what is due by now, as missing if it is not there. To be called on every tick. */
  advance(nowMs: number): void {
    if (this.#ssrc === undefined) return;
    this.#release(nowMs);
    // Whoever slept for long does not make all of it up.
    const behindMs = this.#time.behindMs(this.#due, nowMs) - MOST_BEHIND_MS;
    if (behindMs > 0) this.#due += Math.round(behindMs * SAMPLES_PER_MS);
    while (this.#time.isMissed(this.#due, nowMs)) this.#handOnMissing(PIECE_SAMPLES);
  }

  #entry(packet: RtpPacket, duration: number, position: number, nowMs: number): Held {
    const transitMs = this.#time.transitMs(position, nowMs);
    return { packet, duration, position, transitMs, lateMs: 0, arrivedMs: nowMs };
  }

  #begin(packet: RtpPacket, nowMs: number): void {
    this.#flush();
    this.#window.begin(packet.sequence);
    this.#ssrc = packet.ssrc;
    this.#missing = 0;
    this.#time.restart(packet.timestamp, this.#due, nowMs);
  }

  /** Go on at once with the packet's own time line; only what the sequence says is lost is missing. */
  #jump(entry: Held, distance: number): Arrival {
    if (distance < 0) {
      this.#late += 1;
      return 'late';
    }
    this.#flush();
    const lost = this.#window.distance(entry.packet.sequence);
    if (lost > 0) {
      this.#giveUp(lost);
      this.#handOnMissing(Math.min(lost * this.#lastDuration, CONCEALED_SAMPLES));
    }
    this.#due = entry.position;
    this.#missing = 0;
    this.#time.restart(entry.packet.timestamp, entry.position, entry.arrivedMs);
    this.#play(entry);
    return 'restart';
  }

  /** Let it wait for those before it; if they are more than fit, the oldest are given up. */
  #put(entry: Held, distance: number): void {
    for (let over = this.#window.beyond(distance); over > 0; over--) this.#playOrGiveUp();
    this.#window.put(entry);
  }

  #release(nowMs: number): void {
    while (this.#window.waiting > 0) {
      const { head } = this.#window;
      if (head) {
        if (!this.#isDue(head, nowMs)) return;
        this.#take(head);
        continue;
      }
      if (!this.#time.isMissed(this.#due, nowMs)) return;
      this.#passGap();
    }
  }

  /** A packet is missing and its time has come: hand on a piece in its place, or give it up. */
  #passGap(): void {
    const lost = this.#window.missing();
    const first = this.#window.at(lost) as Held;
    const gap = first.position - this.#due;
    if (gap > 0 && first.duration > 0) this.#handOnMissing(Math.min(gap, this.#lastDuration));
    else this.#giveUp(lost);
  }

  #isDue({ position, duration }: Held, nowMs: number): boolean {
    return duration === 0 || this.#time.isDue(position, nowMs);
  }

  #take(entry: Held): void {
    this.#window.take(entry);
    this.#play(entry);
  }

  #play(entry: Held): void {
    const { packet, position, duration, arrivedMs } = entry;
    this.#window.passed(packet.sequence);
    if (duration === 0) return this.#sink.packet(packet, arrivedMs, 0);
    const gap = position - this.#due;
    let skip = 0;
    if (gap > 0) this.#handOnMissing(gap, !this.#lossSincePlay);
    else if (gap === 0 || this.#missing === 0) this.#time.cameInTime();
    else if (!this.#time.acceptLate(entry.transitMs, entry.lateMs, arrivedMs)) skip = -gap;
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
    this.#sink.packet(packet, arrivedMs, skip);
  }

  #handOnMissing(samples: number, pause = false): void {
    this.#due += samples;
    this.#missing += samples;
    this.#sink.missing(samples, pause);
  }

  #giveUp(packets: number): void {
    this.#lost += packets;
    this.#lossSincePlay = true;
    this.#window.skip(packets);
  }

  /** Play all that is held, in order, whatever the time. */
  #flush(): void {
    while (this.#window.waiting > 0) this.#playOrGiveUp();
  }

  #playOrGiveUp(): void {
    const { head } = this.#window;
    if (head) this.#take(head);
    else this.#giveUp(1);
  }
}
