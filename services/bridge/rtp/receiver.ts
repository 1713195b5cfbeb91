import { decodeG711, type G711PayloadType } from '@patchbay/common/g711';
import { parseRtp, type RtpFault, type RtpPacket } from '@patchbay/common/rtp-packet';
import { TICK_MS, TICK_SAMPLES } from './clock.ts';
import { COMFORT_NOISE, ComfortNoise } from './comfort-noise.ts';
import { Concealer } from './concealer.ts';
import { JitterBuffer } from './jitter-buffer.ts';
import { SourceLatch, type Address, type LatchRule } from './latch.ts';
import { LatencyTracker } from './latency.ts';
import { Reception } from './reception.ts';
import { TelephoneEventReader } from './telephone-event.ts';

export type DiscardReason =
  RtpFault | 'stranger' | 'payload-type' | 'empty' | 'duplicate' | 'late' | 'rtcp-fault' | 'srtp';

export interface ReceiverFormat {
  payloadType: number;
  telephoneEvent: number | undefined;
  g711: G711PayloadType;
}

export interface ReceiverEvents {
  /** The caller's audio, 8 kHz, in multiples of 10 ms. */
  audio(samples: Int16Array): void;
  dtmf(key: string): void;
  discarded(reason: DiscardReason): void;
  /** Time one packet spent here, in ms. */
  delay(ms: number): void;
}

export interface ReceiverOptions {
  format: ReceiverFormat;
  /** Where signalling says that the phone is. */
  signalled: Address | undefined;
  latch: LatchRule;
  /** Where the phone was learnt to send from by another receiver. */
  source?: Address | undefined;
  events: ReceiverEvents;
  /** Monotonic ms. */
  now: () => number;
}

export interface ReceiverStats {
  packets: number;
  bytes: number;
  lost: number;
  late: number;
  duplicate: number;
  reordered: number;
  strangers: number;
  jitterMs: number;
  mostJitterMs: number;
  concealedMs: number;
  holdMs: number;
  mostHoldMs: number;
  delayMs: number | undefined;
}

const SAMPLES_PER_MS = 8;
const FRAME_SAMPLES = 80;
/** Silence stands in for a phone that has not sent anything yet, after this long. */
const FIRST_WAIT_MS = 60;

/**
 * From the phone's packets to the room's audio: source check, order and playout time, telephone
 * events, decoding, concealment of what is lost. Never throws, never waits.
 */
export class RtpReceiver {
  readonly #events: ReceiverEvents;
  readonly #now: () => number;
  readonly #latch: SourceLatch;
  readonly #buffer: JitterBuffer;
  readonly #reception = new Reception();
  readonly #concealer = new Concealer();
  readonly #noise = new ComfortNoise();
  readonly #keys = new TelephoneEventReader();
  readonly #delays = new LatencyTracker();
  #format: ReceiverFormat;
  #packets = 0;
  #bytes = 0;
  #strangers = 0;
  #lastPacketMs: number | undefined;
  /** Until the first packet the room hears silence at the pace of the clock. */
  #silentFromMs = 0;
  #silentSamples = 0;
  #lastTickMs: number | undefined;
  #excusedUntilMs = 0;
  #carry = new Int16Array(0);

  constructor(options: ReceiverOptions) {
    this.#format = options.format;
    this.#events = options.events;
    this.#now = options.now;
    this.#latch = new SourceLatch(options.latch, options.signalled);
    if (options.source) this.#latch.learn(options.source);
    this.#buffer = new JitterBuffer({
      packet: (packet, arrivedMs, skip) => this.#play(packet, arrivedMs, skip),
      missing: (samples, pause) => this.#standIn(samples, pause),
    });
  }

  /** Where the phone sends from, learnt once; undefined before its first packet. */
  get source(): Address | undefined {
    return this.#latch.source;
  }

  /** False if a packet from there would be a stranger's. */
  admits(from: Address): boolean {
    return this.#latch.admits(from);
  }

  /** Counts for the reports of RTCP. */
  get reception(): Reception {
    return this.#reception;
  }

  /** When the last valid packet came, on the clock given; undefined before the first. */
  get lastPacketMs(): number | undefined {
    return this.#lastPacketMs;
  }

  get stats(): ReceiverStats {
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      lost: this.#buffer.lost,
      late: this.#buffer.late,
      duplicate: this.#buffer.duplicate,
      reordered: this.#reception.reordered,
      strangers: this.#strangers,
      jitterMs: this.#reception.jitterMs,
      mostJitterMs: this.#reception.mostJitterMs,
      concealedMs: this.#buffer.concealedSamples / SAMPLES_PER_MS,
      holdMs: this.#buffer.holdMs,
      mostHoldMs: this.#buffer.mostHoldMs,
      delayMs: this.#delays.median,
    };
  }

  /** A re-INVITE agreed on another format. */
  update(format: ReceiverFormat): void {
    this.#format = format;
  }

  /** A re-INVITE moved the phone: whoever it was before is a stranger now. */
  moved(signalled: Address | undefined): void {
    this.#latch.expect(signalled);
  }

  /** From now on the room's timeline runs: what the phone does not send is silence. */
  start(): void {
    this.#silentFromMs = this.#now();
  }

  receive(data: Uint8Array, from: Address): void {
    const nowMs = this.#now();
    if (!this.#latch.admits(from)) {
      this.#strangers += 1;
      return this.#events.discarded('stranger');
    }
    const packet = parseRtp(data);
    if (typeof packet === 'string') return this.#events.discarded(packet);
    const { payloadType, payload } = packet;
    const isAudio = payloadType === this.#format.payloadType;
    // Comfort noise has a number of its own (RFC 3551 §6): phones send it without asking.
    const isKnown =
      isAudio || payloadType === this.#format.telephoneEvent || payloadType === COMFORT_NOISE;
    if (!isKnown) return this.#events.discarded('payload-type');
    if (isAudio && payload.length === 0) return this.#events.discarded('empty');
    this.#latch.learn(from);
    this.#packets += 1;
    this.#bytes += data.length;
    this.#lastPacketMs = nowMs;
    this.#reception.add(packet, nowMs, isAudio);
    const stalled = nowMs - (this.#lastTickMs ?? nowMs) > 2 * TICK_MS;
    const excused = stalled || nowMs < this.#excusedUntilMs;
    const arrival = this.#buffer.push(packet, isAudio ? payload.length : 0, nowMs, excused);
    if (arrival === 'duplicate' || arrival === 'late') this.#events.discarded(arrival);
  }

  /** To be called every 20 ms. */
  tick(nowMs: number): void {
    const sinceMs = nowMs - (this.#lastTickMs ?? nowMs);
    this.#lastTickMs = nowMs;
    // After a stall of this process packets may still wait in the socket: nothing is missing yet.
    const stalled = sinceMs > 2 * TICK_MS;
    if (stalled) this.#excusedUntilMs = nowMs + TICK_MS;
    if (this.#lastPacketMs !== undefined) {
      if (!stalled) this.#buffer.advance(nowMs);
      return;
    }
    if (stalled) this.#silentFromMs += sinceMs - TICK_MS;
    const silentMs = nowMs - this.#silentFromMs;
    while (silentMs - this.#silentSamples / SAMPLES_PER_MS >= FIRST_WAIT_MS) {
      this.#silentSamples += TICK_SAMPLES;
      this.#handOn(new Int16Array(TICK_SAMPLES));
    }
  }

  #play(packet: RtpPacket, arrivedMs: number, skip: number): void {
    if (packet.payloadType === COMFORT_NOISE) return this.#noise.begin(packet.payload);
    if (packet.payloadType === this.#format.telephoneEvent) {
      const key = this.#keys.read(packet);
      if (key !== undefined) this.#events.dtmf(key);
      return;
    }
    this.#noise.end();
    const decoded = decodeG711(this.#format.g711, packet.payload);
    const samples = skip === 0 ? decoded : decoded.slice(skip);
    this.#concealer.heard(samples);
    this.#handOn(samples);
    const delayMs = this.#now() - arrivedMs;
    this.#delays.add(delayMs);
    this.#events.delay(delayMs);
  }

  /** Lost packets are concealed; a pause the phone made itself (RFC 3551 §4.1) is silent. */
  #standIn(count: number, pause: boolean): void {
    const samples = new Int16Array(count);
    if (this.#noise.active) this.#noise.fill(samples);
    else if (!pause) this.#concealer.conceal(samples);
    this.#handOn(samples);
  }

  /** Cut into frames of 10 ms; packets of other lengths leave a rest for the next. */
  #handOn(samples: Int16Array): void {
    if (this.#carry.length === 0 && samples.length % FRAME_SAMPLES === 0) {
      return this.#events.audio(samples);
    }
    const joined = new Int16Array(this.#carry.length + samples.length);
    joined.set(this.#carry);
    joined.set(samples, this.#carry.length);
    const whole = joined.length - (joined.length % FRAME_SAMPLES);
    this.#carry = joined.slice(whole);
    if (whole > 0) this.#events.audio(joined.slice(0, whole));
  }
}
