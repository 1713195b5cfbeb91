import { randomBytes } from 'node:crypto';
import { encodeG711, type G711PayloadType } from '@patchbay/common/g711';
import { buildRtp } from '@patchbay/common/rtp-packet';
import { Alignment } from './alignment.ts';
import { TICK_SAMPLES } from './clock.ts';
import { LatencyTracker } from './latency.ts';
import { isQuiet } from './playout-queue.ts';
import { PlayoutMixer } from './playout.ts';
import type { SenderInfo } from './rtcp.ts';
import { TelephoneEventWriter } from './telephone-event.ts';

/** Silence from here on, 300 ms, is between sentences. */
const PAUSE_TICKS = 15;

export interface SenderFormat {
  payloadType: number;
  telephoneEvent: number | undefined;
  g711: G711PayloadType;
}

export interface SenderEvents {
  /** A packet to send to the phone. */
  packet(data: Buffer): void;
  /** Time one frame of the room spent here, in ms. */
  delay(ms: number): void;
}

export interface SenderStats {
  packets: number;
  bytes: number;
  /** How often there was nothing to send in the middle of speech. */
  underruns: number;
  delayMs: number | undefined;
}

/** Where our stream is: what its next packet says. */
export interface StreamPlace {
  ssrc: number;
  sequence: number;
  timestamp: number;
}

/** A sender report says how much audio was sent lately; longer ago means that none is sent now. */
const SENDING_MS = 10_000;
const SAMPLES_PER_MS = 8;

/** From the room's audio to the phone's packets: one packet each tick, silence if there is nothing. */
export class RtpSender {
  readonly ssrc: number;
  readonly #timestampBase: number;
  #sequence: number;
  readonly #events: SenderEvents;
  readonly #mixer = new PlayoutMixer();
  readonly #keys = new TelephoneEventWriter();
  readonly #alignment = new Alignment();
  readonly #delays = new LatencyTracker();
  readonly #samples = new Int16Array(TICK_SAMPLES);
  readonly #encoded = new Uint8Array(TICK_SAMPLES);
  #format: SenderFormat;
  #holes = 0;
  /** Ticks without a sound, as far as they matter. */
  #silentTicks = 0;
  #firstTick: number | undefined;
  #lastTick: number | undefined;
  #lastMs = 0;
  #timestamp: number;
  #marker = true;
  #packets = 0;
  #bytes = 0;
  #payloadBytes = 0;

  /** @param before where the stream was when another sender stopped */
  constructor(format: SenderFormat, events: SenderEvents, before?: StreamPlace) {
    // RFC 3550 §5.1: all three start at random.
    this.ssrc = before?.ssrc ?? randomBytes(4).readUInt32BE();
    this.#sequence = before?.sequence ?? randomBytes(2).readUInt16BE();
    this.#timestampBase = before?.timestamp ?? randomBytes(4).readUInt32BE();
    this.#timestamp = this.#timestampBase;
    this.#format = format;
    this.#events = events;
  }

  get stats(): SenderStats {
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      underruns: this.#mixer.holes,
      delayMs: this.#delays.median,
    };
  }

  get place(): StreamPlace {
    const sent = this.#firstTick === undefined ? 0 : TICK_SAMPLES;
    const timestamp = (this.#timestamp + sent) >>> 0;
    return { ssrc: this.ssrc, sequence: this.#sequence, timestamp };
  }

  /** What a sender report says; undefined if nothing was sent lately. */
  info(nowMs: number, unixMs: number): SenderInfo | undefined {
    if (this.#packets === 0 || nowMs - this.#lastMs > SENDING_MS) return undefined;
    const since = Math.round((nowMs - this.#lastMs) * SAMPLES_PER_MS);
    return {
      unixMs,
      timestamp: (this.#timestamp + since) >>> 0,
      packets: this.#packets,
      octets: this.#payloadBytes,
    };
  }

  update(format: SenderFormat): void {
    this.#format = format;
  }

  /** Audio of the room, 8 kHz. */
  play(source: string, samples: Int16Array, nowMs: number): void {
    this.#mixer.push(source, samples, nowMs);
  }

  end(source: string): void {
    this.#mixer.end(source);
  }

  endAll(): void {
    this.#mixer.endAll();
  }

  /** Press a key for the phone to hear, if it takes telephone events. @returns false if it does not */
  press(key: string): boolean {
    if (this.#format.telephoneEvent === undefined) return false;
    this.#keys.press(key);
    return true;
  }

  /** True when nothing is left to play. */
  get idle(): boolean {
    return this.#mixer.sources === 0;
  }

  /**
   * To be called every 20 ms; `tick` counts them and sets the timestamp.
   * @returns true if the tick should move by half of its 20 ms, so that frames wait less
   */
  tick(tick: number, nowMs: number): boolean {
    // At the start, and after a hold or a stall, what has gathered is only delay.
    if (this.#lastTick === undefined || tick - this.#lastTick > 1) this.#mixer.begin();
    this.#lastTick = tick;
    this.#firstTick ??= tick;
    this.#lastMs = nowMs;
    this.#timestamp = (this.#timestampBase + (tick - this.#firstTick) * TICK_SAMPLES) >>> 0;
    const playing = this.#mixer.next(this.#samples);
    const event = this.#keys.next(this.#timestamp);
    if (event) {
      const payloadType = this.#format.telephoneEvent ?? 0;
      this.#send(payloadType, event.marker, event.timestamp, event.payload);
      // RFC 3551 §4.1: audio after something else begins a new talkspurt.
      this.#marker = true;
    } else {
      encodeG711(this.#format.g711, this.#samples, this.#encoded);
      this.#send(this.#format.payloadType, this.#marker, this.#timestamp, this.#encoded);
      this.#marker = false;
    }
    return this.#align(playing, nowMs);
  }

  #align(playing: boolean, nowMs: number): boolean {
    if (!playing) {
      this.#silentTicks += 1;
      return false;
    }
    if (this.#speechBegins()) this.#alignment.begin();
    const { holes, oldestMs, newestMs } = this.#mixer;
    // What came too late was played by this tick, and what follows is in good time for the next.
    if (holes > this.#holes) this.#alignment.late();
    this.#holes = holes;
    const delayMs = nowMs - oldestMs;
    this.#delays.add(delayMs);
    this.#events.delay(delayMs);
    return this.#alignment.played(nowMs - newestMs);
  }

  /** Agents that speak again after a pause do so in a rhythm of their own. */
  #speechBegins(): boolean {
    const wasSilent = this.#silentTicks >= PAUSE_TICKS;
    if (wasSilent && isQuiet(this.#samples)) return false;
    this.#silentTicks = 0;
    return wasSilent;
  }

  #send(payloadType: number, marker: boolean, timestamp: number, payload: Uint8Array): void {
    const { ssrc } = this;
    const sequence = this.#sequence;
    const data = buildRtp({ payloadType, marker, sequence, timestamp, ssrc, payload });
    this.#sequence = (sequence + 1) & 0xffff;
    this.#packets += 1;
    this.#bytes += data.length;
    this.#payloadBytes += payload.length;
    this.#events.packet(data);
  }
}
