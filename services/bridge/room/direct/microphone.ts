import { randomInt } from 'node:crypto';
import { FRAME_MS, FRAME_SAMPLES, VoiceEncoder } from './opus.ts';

/** Dynamic payload type of Opus that LiveKit uses itself. */
export const OPUS_PAYLOAD_TYPE = 111;
/** One-byte header extension (RFC 8285 §4.2) that carries the audio level (RFC 6464). */
export const AUDIO_LEVEL_EXTENSION = 1;

/** Opus counts at 48 kHz (RFC 7587 §4.1). */
const TICKS_PER_FRAME = 48 * FRAME_MS;
/** Audio that is later than this came after a pause: its timestamp says so. */
const PAUSE_MS = 200;
/** How fast the expected time follows the phone's clock: drift must never add up to a pause. */
const FOLLOW = 1 / 64;
const HEADER_BYTES = 20;
/** RFC 6464 §3. */
const SILENT_LEVEL = 127;

export interface MicrophoneOptions {
  ssrc: number;
  /** Send one RTP packet. */
  send: (packet: Buffer) => void;
  /** Monotonic time in ms; performance.now by default. */
  now?: () => number;
}

/** The caller's voice: samples in, RTP with Opus out, one packet for each 20 ms. */
export class Microphone {
  readonly #options: MicrophoneOptions;
  readonly #now: () => number;
  readonly #encoder = new VoiceEncoder();
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  #filled = 0;
  #closed = false;
  #sequence = randomInt(0x8000);
  #timestamp = randomInt(0x7fff_ffff);
  /** When the next frame is due; undefined before the first. */
  #dueMs: number | undefined;

  constructor(options: MicrophoneOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Hand over samples, any number of them; once it is closed they are lost. */
  write(samples: Int16Array): void {
    if (this.#closed) return;
    for (let at = 0; at < samples.length;) {
      const take = Math.min(FRAME_SAMPLES - this.#filled, samples.length - at);
      this.#frame.set(samples.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled === FRAME_SAMPLES) this.#sendFrame();
    }
  }

  close(): void {
    this.#closed = true;
    this.#encoder.close();
  }

  #sendFrame(): void {
    this.#filled = 0;
    const marker = this.#advance();
    const opus = this.#encoder.encode(this.#frame);
    const packet = Buffer.allocUnsafe(HEADER_BYTES + opus.length);
    packet[0] = 0x90;
    packet[1] = (marker ? 0x80 : 0) | OPUS_PAYLOAD_TYPE;
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(this.#timestamp, 4);
    packet.writeUInt32BE(this.#options.ssrc, 8);
    packet.writeUInt32BE(0xbede_0001, 12);
    packet[16] = AUDIO_LEVEL_EXTENSION << 4;
    packet[17] = audioLevel(this.#frame);
    packet[18] = 0;
    packet[19] = 0;
    packet.set(opus, HEADER_BYTES);
    this.#options.send(packet);
  }

  /** @returns true if the packet begins anew, after nothing or after a pause */
  #advance(): boolean {
    const now = this.#now();
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const lateMs = this.#dueMs === undefined ? Infinity : now - this.#dueMs;
    const anew = Math.abs(lateMs) > PAUSE_MS;
    this.#timestamp += TICKS_PER_FRAME;
    if (anew) {
      // A receiver would take a pause that the timestamps do not show for delay, and hold on to it.
      if (lateMs > 0 && lateMs < Infinity) {
        this.#timestamp += Math.round(lateMs / FRAME_MS) * TICKS_PER_FRAME;
      }
      this.#dueMs = now + FRAME_MS;
    } else this.#dueMs = now - lateMs * (1 - FOLLOW) + FRAME_MS;
    this.#timestamp >>>= 0;
    return anew;
  }
}

/** RFC 6464 §3: −dBov of the frame's power, 0 (loudest) to 127 (silence). */
export function audioLevel(frame: Int16Array): number {
  let power = 0;
  for (const sample of frame) power += sample * sample;
  if (power === 0) return SILENT_LEVEL;
  const dbov = 10 * Math.log10(power / frame.length / 32_768 ** 2);
  return Math.min(SILENT_LEVEL, Math.max(0, Math.round(-dbov)));
}
