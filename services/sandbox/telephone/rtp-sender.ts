import { randomInt } from 'node:crypto';
import { SILENCE_BYTE, encodeG711, type G711PayloadType } from '@patchbay/common/g711';
import { buildRtp } from '@patchbay/common/rtp-packet';
import { loudSpan } from '../audio/level.ts';
import { dtmfSteps, type DtmfStep, type DtmfTiming } from './dtmf.ts';
import { FRAME_MS } from './media-clock.ts';
import { PhoneError } from './phone-error.ts';
import { SoundQueue } from './sound-queue.ts';

const FRAME_SAMPLES = 160;
const SAMPLES_PER_MS = 8;

/** When a sound was spoken, epoch ms. Its packets left up to 20 ms later, as with a microphone. */
export interface Played {
  startedAtMs: number;
  endedAtMs: number;
  /** Begin and end of what is loud in it; start and end if nothing is. */
  firstLoudAtMs: number;
  lastLoudAtMs: number;
}

interface Keys {
  steps: DtmfStep[];
  done: (error?: PhoneError) => void;
}

/**
 * The stream a telephone sends: one packet of 20 ms each tick, with what is to be played, or keys, or
 * silence. A packet that leaves at t holds what was spoken from t − 20 ms to t.
 */
export class RtpSender {
  readonly #payloadType: G711PayloadType;
  readonly #dtmfPayloadType: number | undefined;
  readonly #onSpoken: (samples: Int16Array, atMs: number) => void;
  readonly #silence: Uint8Array;
  readonly #sounds = new SoundQueue({ frameSamples: FRAME_SAMPLES, sampleRateHz: 8_000 });
  readonly #keys: Keys[] = [];
  readonly #ssrc = randomInt(2 ** 32);
  readonly #firstTimestamp = randomInt(2 ** 32);
  #sequence = randomInt(2 ** 16);
  #firstDueMs: number | undefined;
  #eventTimestamp = 0;
  #marker = true;
  #closed: PhoneError | undefined;
  #packets = 0;

  constructor(options: {
    payloadType: G711PayloadType;
    /** As the peer wants it; without one no keys can be sent. */
    dtmfPayloadType?: number | undefined;
    /** Sound that went out, silence left out; for the recording. */
    onSpoken: (samples: Int16Array, atMs: number) => void;
  }) {
    this.#payloadType = options.payloadType;
    this.#dtmfPayloadType = options.dtmfPayloadType;
    this.#onSpoken = options.onSpoken;
    this.#silence = new Uint8Array(FRAME_SAMPLES).fill(SILENCE_BYTE[options.payloadType]);
  }

  get packets(): number {
    return this.#packets;
  }

  /** Speak a sound (8 kHz) after those already waiting. Resolves when its last packet has left. */
  async play(samples: Int16Array): Promise<Played> {
    return playedFrom(await this.#sounds.push(samples), samples);
  }

  /**
   * Press keys; speech waits. Resolves after the pause behind the last key.
   * @throws {PhoneError} if the peer takes no telephone events; RangeError for a character that is no key
   */
  sendDtmf(digits: string, timing?: DtmfTiming): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: PhoneError) => (error ? reject(error) : resolve());
      if (this.#closed) return done(this.#closed);
      if (this.#dtmfPayloadType === undefined) {
        return done(new PhoneError("keys can't be sent: the answer has no telephone-event"));
      }
      const steps = dtmfSteps(digits, timing);
      if (steps.length === 0) resolve();
      else this.#keys.push({ steps, done });
    });
  }

  /** The packet that leaves now. */
  tick(dueMs: number): Buffer {
    this.#firstDueMs ??= dueMs;
    const elapsed = Math.round((dueMs - this.#firstDueMs) * SAMPLES_PER_MS);
    const timestamp = (this.#firstTimestamp + elapsed) >>> 0;
    const keys = this.#keys[0];
    const step = keys?.steps.shift();
    if (keys && keys.steps.length === 0) {
      this.#keys.shift();
      keys.done();
    }
    if (step?.kind === 'event') return this.#eventPacket(step, timestamp);
    const payload = step ? this.#silence : this.#voice(dueMs - FRAME_MS);
    const marker = this.#marker;
    this.#marker = false;
    return this.#packet(this.#payloadType, marker, timestamp, payload);
  }

  /** Whatever still waits fails with this. */
  close(error: PhoneError): void {
    this.#closed = error;
    this.#sounds.close(error);
    for (const keys of this.#keys.splice(0)) keys.done(error);
  }

  #eventPacket(step: DtmfStep & { kind: 'event' }, timestamp: number): Buffer {
    if (step.first) this.#eventTimestamp = timestamp;
    this.#marker = true; // voice that follows begins a new talkspurt, RFC 3551 §4.1
    const payloadType = this.#dtmfPayloadType ?? 0;
    return this.#packet(payloadType, step.first, this.#eventTimestamp, step.payload);
  }

  #packet(payloadType: number, marker: boolean, timestamp: number, payload: Uint8Array): Buffer {
    this.#packets++;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const ssrc = this.#ssrc;
    return buildRtp({ payloadType, marker, sequence: this.#sequence, timestamp, ssrc, payload });
  }

  #voice(fromMs: number): Uint8Array {
    const frame = this.#sounds.take(fromMs);
    if (!frame) return this.#silence;
    this.#onSpoken(frame, fromMs);
    return encodeG711(this.#payloadType, frame);
  }
}

/** When a sound (8 kHz) was spoken whose first sample was at this moment. */
export function playedFrom(startedAtMs: number, samples: Int16Array): Played {
  const lengthMs = samples.length / SAMPLES_PER_MS;
  const span = loudSpan(samples, { sampleRateHz: 8_000 });
  return {
    startedAtMs,
    endedAtMs: startedAtMs + lengthMs,
    firstLoudAtMs: startedAtMs + (span?.firstLoudMs ?? 0),
    lastLoudAtMs: startedAtMs + (span?.lastLoudMs ?? lengthMs),
  };
}
