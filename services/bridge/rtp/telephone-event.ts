import type { RtpPacket } from '@patchbay/common/rtp-packet';
import { TICK_SAMPLES } from './clock.ts';

/** RFC 4733 §3.2: codes 0–15 are the keys of a telephone. */
const KEYS = '0123456789*#ABCD';
const PAYLOAD_BYTES = 4;
const LONGEST_DURATION = 0xffff;

/**
 * Reads keys from telephone-event packets (RFC 4733 §2.5). A key is reported once, with its first
 * packet: the end of an event is sent three times, and all three may be lost.
 */
export class TelephoneEventReader {
  #timestamp: number | undefined;
  #duration = 0;
  #ended = false;
  #event = -1;

  /** @returns the key, if the packet begins one */
  read(packet: RtpPacket): string | undefined {
    const { payload, timestamp } = packet;
    if (payload.length < PAYLOAD_BYTES) return undefined;
    const event = payload[0] ?? 0xff;
    const ended = ((payload[1] ?? 0) & 0x80) !== 0;
    const duration = ((payload[2] ?? 0) << 8) | (payload[3] ?? 0);
    const known = timestamp === this.#timestamp || this.#continues(event, timestamp);
    this.#timestamp = timestamp;
    this.#duration = duration;
    this.#event = event;
    this.#ended = known ? this.#ended || ended : ended;
    return known ? undefined : KEYS[event];
  }

  /** §2.5.1.3: an event longer than the duration field goes on in a new segment. */
  #continues(event: number, timestamp: number): boolean {
    return (
      this.#timestamp !== undefined &&
      !this.#ended &&
      event === this.#event &&
      this.#duration === LONGEST_DURATION &&
      timestamp === (this.#timestamp + LONGEST_DURATION) >>> 0
    );
  }
}

/** 120 ms of tone, its end three times (§2.5.1.4), then 40 ms before the next key. */
const TONE_TICKS = 6;
const END_TICKS = 3;
const PAUSE_TICKS = 2;
/** §2.3.3: tone level in −dBm0. */
const VOLUME = 10;
const MOST_KEYS = 64;

export interface TelephoneEvent {
  payload: Uint8Array;
  /** Timestamp of the beginning of the event, for all its packets. */
  timestamp: number;
  marker: boolean;
}

/** Writes keys as telephone-event packets, one each tick in place of the audio (RFC 4733 §2.5.1). */
export class TelephoneEventWriter {
  readonly #waiting: number[] = [];
  #tick = 0;
  #timestamp = 0;

  /** Send a key after those that wait. Characters that are no keys are ignored, and what is too much. */
  press(key: string): void {
    const code = key.length === 1 ? KEYS.indexOf(key.toUpperCase()) : -1;
    if (code >= 0 && this.#waiting.length < MOST_KEYS) this.#waiting.push(code);
  }

  /** @returns what to send at this tick in place of audio, if anything */
  next(timestamp: number): TelephoneEvent | undefined {
    const code = this.#waiting[0];
    if (code === undefined) return undefined;
    const tick = this.#tick++;
    if (tick === 0) this.#timestamp = timestamp;
    if (tick >= TONE_TICKS - 1 + END_TICKS) {
      if (this.#tick < TONE_TICKS - 1 + END_TICKS + PAUSE_TICKS) return undefined;
      this.#waiting.shift();
      this.#tick = 0;
      return undefined;
    }
    const ends = tick >= TONE_TICKS - 1;
    const duration = Math.min(tick + 1, TONE_TICKS) * TICK_SAMPLES;
    const payload = Uint8Array.of(code, (ends ? 0x80 : 0) | VOLUME, duration >> 8, duration & 0xff);
    return { payload, timestamp: this.#timestamp, marker: tick === 0 };
  }
}
