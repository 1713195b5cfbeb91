import type { RemoteInfo } from 'node:dgram';
import { decodeG711, type G711PayloadType } from '@patchbay/common/g711';
import { parseRtp, type RtpFault, type RtpPacket } from '@patchbay/common/rtp-packet';
import { TICK_MS, TICK_SAMPLES } from './clock.ts';
import { Concealer } from './concealer.ts';
import { JitterBuffer } from './jitter-buffer.ts';
import { LatencyTracker } from './latency.ts';
import { TelephoneEventReader } from './telephone-event.ts';

export type DiscardReason = RtpFault | 'stranger' | 'payload-type' | 'duplicate' | 'late';

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

export interface ReceiverStats {
  packets: number;
  bytes: number;
  lost: number;
  late: number;
  duplicate: number;
  jitterMs: number;
  delayMs: number | undefined;
}

const SAMPLES_PER_MS = 8;
const FRAME_SAMPLES = 80;
/** A pause this long is filled with silence, so that the room's timeline keeps pace. */
const PAUSE_MS = 60;
/** More than a second missing is a new beginning, not a gap. */
const LONGEST_GAP_SAMPLES = 8_000;

/**
 * From the phone's packets to the room's audio: source check, order, telephone events, decoding,
 * concealment of what is lost. Never throws, never waits.
 */
export class RtpReceiver {
  readonly #events: ReceiverEvents;
  readonly #now: () => number;
  readonly #buffer: JitterBuffer;
  readonly #concealer = new Concealer();
  readonly #keys = new TelephoneEventReader();
  readonly #delays = new LatencyTracker();
  #format: ReceiverFormat;
  #source: { address: string; port: number } | undefined;
  #packets = 0;
  #bytes = 0;
  #lastPacketMs: number | undefined;
  #nextTimestamp: number | undefined;
  #lostBefore = 0;
  /** When audio was last handed on, and how much silence since. */
  #lastAudioMs = 0;
  #filledSamples = 0;
  #lastTickMs: number | undefined;
  #carry = new Int16Array(0);
  #transit: number | undefined;
  #jitterSamples = 0;

  constructor(format: ReceiverFormat, events: ReceiverEvents, now: () => number) {
    this.#format = format;
    this.#events = events;
    this.#now = now;
    this.#buffer = new JitterBuffer({
      sink: { packet: (packet, arrivedMs) => this.#inOrder(packet, arrivedMs) },
    });
  }

  /**
   * Where the phone sends from: the source of the first valid packet, for the rest of the call.
   * Phones behind NAT are not where their SDP says; a stranger who comes later is not followed.
   */
  get source(): { address: string; port: number } | undefined {
    return this.#source;
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
      jitterMs: this.#jitterSamples / SAMPLES_PER_MS,
      delayMs: this.#delays.median,
    };
  }

  /** A re-INVITE agreed on another format, or moved the phone. */
  update(format: ReceiverFormat, moved: boolean): void {
    this.#format = format;
    if (moved) this.#source = undefined;
  }

  /** From now on the room's timeline runs: what the phone does not send is silence. */
  start(): void {
    this.#lastAudioMs = this.#now();
  }

  receive(data: Uint8Array, from: Pick<RemoteInfo, 'address' | 'port'>): void {
    const nowMs = this.#now();
    const source = this.#source;
    if (source && (source.port !== from.port || source.address !== from.address)) {
      return this.#events.discarded('stranger');
    }
    const packet = parseRtp(data);
    if (typeof packet === 'string') return this.#events.discarded(packet);
    const { payloadType } = packet;
    const isEvent = payloadType === this.#format.telephoneEvent;
    if (payloadType !== this.#format.payloadType && !isEvent) {
      return this.#events.discarded('payload-type');
    }
    this.#source ??= { address: from.address, port: from.port };
    this.#packets += 1;
    this.#bytes += data.length;
    this.#lastPacketMs = nowMs;
    if (!isEvent) this.#measureJitter(packet, nowMs);
    const arrival = this.#buffer.push(packet, nowMs);
    if (arrival === 'duplicate' || arrival === 'late') this.#events.discarded(arrival);
    else if (arrival === 'restart') this.#transit = undefined;
  }

  /** To be called every 20 ms. */
  tick(nowMs: number): void {
    // After a stall of this process packets may still wait in the socket: that was no pause.
    const stalledMs = nowMs - (this.#lastTickMs ?? nowMs) - TICK_MS;
    if (stalledMs > TICK_MS) this.#lastAudioMs += stalledMs;
    this.#lastTickMs = nowMs;
    this.#buffer.expire(nowMs);
    const idleMs = nowMs - this.#lastAudioMs;
    if (idleMs < PAUSE_MS) return;
    while (idleMs - this.#filledSamples / SAMPLES_PER_MS >= 2 * TICK_MS) {
      this.#filledSamples += TICK_SAMPLES;
      this.#handOn(this.#concealer.conceal(TICK_SAMPLES));
    }
  }

  #inOrder(packet: RtpPacket, arrivedMs: number): void {
    if (packet.payloadType === this.#format.telephoneEvent) {
      const key = this.#keys.read(packet);
      if (key !== undefined) this.#events.dtmf(key);
      return;
    }
    const { payload, timestamp } = packet;
    const restarted = this.#nextTimestamp === undefined;
    const gap = restarted ? 0 : (timestamp - (this.#nextTimestamp ?? 0)) | 0;
    this.#nextTimestamp = (timestamp + payload.length) >>> 0;
    const missing = gap - this.#filledSamples;
    if (missing > 0 && gap <= LONGEST_GAP_SAMPLES) this.#fill(missing);
    this.#lostBefore = this.#buffer.lost;
    this.#filledSamples = 0;
    const nowMs = this.#now();
    this.#lastAudioMs = nowMs;
    const samples = decodeG711(this.#format.g711, payload);
    this.#concealer.heard(samples);
    this.#handOn(samples);
    this.#delays.add(nowMs - arrivedMs);
    this.#events.delay(nowMs - arrivedMs);
  }

  /** Lost packets are concealed; a pause the phone made itself (RFC 3551 §4.1) is silent. */
  #fill(samples: number): void {
    const lost = this.#buffer.lost > this.#lostBefore;
    this.#handOn(lost ? this.#concealer.conceal(samples) : new Int16Array(samples));
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

  /** RFC 3550 §6.4.1 and A.8. */
  #measureJitter(packet: RtpPacket, nowMs: number): void {
    const transit = Math.round(nowMs * SAMPLES_PER_MS - packet.timestamp) | 0;
    if (this.#transit !== undefined) {
      const difference = Math.abs((transit - this.#transit) | 0);
      this.#jitterSamples += (difference - this.#jitterSamples) / 16;
    }
    this.#transit = transit;
  }
}
