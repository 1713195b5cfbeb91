import { randomBytes } from 'node:crypto';
import { encodeG711, type G711PayloadType } from '@patchbay/common/g711';
import { buildRtp } from '@patchbay/common/rtp-packet';
import { TICK_SAMPLES } from './clock.ts';
import { LatencyTracker } from './latency.ts';
import { PlayoutMixer } from './playout.ts';

export interface SenderFormat {
  payloadType: number;
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
  underruns: number;
  delayMs: number | undefined;
}

/** From the room's audio to the phone's packets: one packet each tick, silence if there is nothing. */
export class RtpSender {
  readonly #events: SenderEvents;
  readonly #mixer = new PlayoutMixer();
  readonly #delays = new LatencyTracker();
  readonly #samples = new Int16Array(TICK_SAMPLES);
  readonly #encoded = new Uint8Array(TICK_SAMPLES);
  // RFC 3550 §5.1: all three start at random.
  readonly #ssrc = randomBytes(4).readUInt32BE();
  readonly #timestampBase = randomBytes(4).readUInt32BE();
  #sequence = randomBytes(2).readUInt16BE();
  #format: SenderFormat;
  #firstTick: number | undefined;
  #lastTick: number | undefined;
  #packets = 0;
  #bytes = 0;
  #underruns = 0;

  constructor(format: SenderFormat, events: SenderEvents) {
    this.#format = format;
    this.#events = events;
  }

  get stats(): SenderStats {
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      underruns: this.#underruns,
      delayMs: this.#delays.median,
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

  /** True when nothing is left to play. */
  get idle(): boolean {
    return this.#mixer.sources === 0;
  }

  /** To be called every 20 ms; `tick` counts them and sets the timestamp. */
  tick(tick: number, nowMs: number): void {
    const first = this.#firstTick === undefined;
    // At the start, and after a hold or a stall, what has gathered is only delay.
    if (this.#lastTick === undefined || tick - this.#lastTick > 1) this.#mixer.begin();
    this.#lastTick = tick;
    this.#firstTick ??= tick;
    const sources = this.#mixer.sources;
    const arrivedMs = this.#mixer.next(this.#samples);
    encodeG711(this.#format.g711, this.#samples, this.#encoded);
    const data = buildRtp({
      payloadType: this.#format.payloadType,
      marker: first,
      sequence: this.#sequence,
      timestamp: this.#timestampBase + (tick - this.#firstTick) * TICK_SAMPLES,
      ssrc: this.#ssrc,
      payload: this.#encoded,
    });
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#packets += 1;
    this.#bytes += data.length;
    this.#events.packet(data);
    if (arrivedMs !== undefined) {
      this.#delays.add(nowMs - arrivedMs);
      this.#events.delay(nowMs - arrivedMs);
    } else if (sources > 0) {
      this.#underruns += 1;
    }
  }
}
