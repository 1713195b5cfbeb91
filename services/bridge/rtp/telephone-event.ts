import type { RtpPacket } from '@patchbay/common/rtp-packet';

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
