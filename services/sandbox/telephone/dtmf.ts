/** Telephone events, RFC 4733. */

const EVENTS = '0123456789*#ABCD';
/** Sampling rate of telephone-event/8000. */
const SAMPLES_PER_FRAME = 160;
const FRAME_MS = 20;
/** The final packet is sent three times, RFC 4733 §2.5.1.4. */
export const END_PACKETS = 3;

export interface TelephoneEvent {
  /** 0–15: digits, `*`, `#`, A–D. */
  event: number;
  end: boolean;
  /** dB below 0 dBm0, 0–63. */
  volume: number;
  /** In timestamp units, 0–65535. */
  duration: number;
}

/** RFC 4733 §2.3. */
export function encodeEvent(event: TelephoneEvent): Uint8Array {
  const second = (event.end ? 0x80 : 0) | (event.volume & 0x3f);
  return Uint8Array.of(event.event, second, event.duration >> 8, event.duration & 0xff);
}

/** @returns undefined for a payload that is too short */
export function parseEvent(payload: Uint8Array): TelephoneEvent | undefined {
  const [event, second, high, low] = payload;
  if (event === undefined || second === undefined || high === undefined || low === undefined) {
    return undefined;
  }
  return { event, end: (second & 0x80) !== 0, volume: second & 0x3f, duration: (high << 8) | low };
}

/** `#` for 11; undefined for events that are no key. */
export function digitOf(event: number): string | undefined {
  return EVENTS[event];
}

/** What to send in one 20 ms frame. All packets of one key carry the timestamp of the first. */
export type DtmfStep = { kind: 'event'; first: boolean; payload: Uint8Array } | { kind: 'gap' };

export interface DtmfTiming {
  /** How long a key is held, rounded up to frames. Default 120. */
  toneMs?: number;
  /** Pause behind each key. Default 80. */
  gapMs?: number;
}

/**
 * The frames of a row of keys.
 * @throws RangeError naming the character that is no key
 */
export function dtmfSteps(digits: string, timing: DtmfTiming = {}): DtmfStep[] {
  const toneFrames = Math.max(1, Math.ceil((timing.toneMs ?? 120) / FRAME_MS));
  const gapFrames = Math.max(1, Math.ceil((timing.gapMs ?? 80) / FRAME_MS));
  return [...digits.toUpperCase()].flatMap((digit): DtmfStep[] => {
    const event = EVENTS.indexOf(digit);
    if (event < 0) throw new RangeError(`digits: got ${JSON.stringify(digit)}, keys are ${EVENTS}`);
    const packet = (frames: number, end: boolean, first = false): DtmfStep => {
      const duration = Math.min(65_535, frames * SAMPLES_PER_FRAME);
      return { kind: 'event', first, payload: encodeEvent({ event, end, volume: 10, duration }) };
    };
    return [
      ...Array.from({ length: toneFrames - 1 }, (_, i) => packet(i + 1, false, i === 0)),
      ...Array.from({ length: END_PACKETS }, (_, i) =>
        packet(toneFrames, true, toneFrames === 1 && i === 0),
      ),
      ...Array.from({ length: gapFrames }, (): DtmfStep => ({ kind: 'gap' })),
    ];
  });
}
