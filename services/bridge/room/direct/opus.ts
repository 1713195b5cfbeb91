import { createRequire } from 'node:module';
import { ROOM_SAMPLE_RATE_HZ } from '../link.ts';

/** What we use of @evan/opus, whose own types do not fit its export map. */
interface OpusModule {
  Encoder: new (options: object) => NativeEncoder;
  Decoder: new (options: object) => NativeDecoder;
}
interface NativeEncoder {
  complexity: number;
  bitrate: number;
  vbr: boolean;
  signal: 'auto' | 'voice' | 'music';
  inband_fec: boolean;
  packet_loss: number;
  encode(pcm: Uint8Array): Uint8Array<ArrayBuffer>;
}
interface NativeDecoder {
  decode(packet: Uint8Array): Uint8Array<ArrayBuffer>;
}
const opus = createRequire(import.meta.url)('@evan/opus') as OpusModule;

/** One Opus packet of ours: 20 ms. */
export const FRAME_MS = 20;
export const FRAME_SAMPLES = (ROOM_SAMPLE_RATE_HZ * FRAME_MS) / 1_000;
/** Narrow-band speech is clear from 12 kbit/s; the rest is for the copies that mend loss. */
const BITRATE_BPS = 24_000;
/**
 * Narrow-band speech at this rate is as near to the original with little effort as with much (log-spectral
 * distance 2.9 dB, and 3.9 dB at effort 5), which costs two and a half times the processor time.
 */
const COMPLEXITY = 1;
/** In percent. Above 0 each packet holds a coarse copy of the one before (RFC 6716 §2.1.7). */
const EXPECTED_LOSS = 5;
/** The longest packet, 120 ms (RFC 6716 §3.2.5), at our rate. */
const MAX_PACKET_SAMPLES = 0.12 * ROOM_SAMPLE_RATE_HZ;

/** Encoder of the caller's voice: mono, 8 kHz, tuned for speech, with in-band FEC. */
export class VoiceEncoder {
  readonly #encoder: NativeEncoder;

  constructor() {
    this.#encoder = new opus.Encoder({
      channels: 1,
      sample_rate: ROOM_SAMPLE_RATE_HZ,
      application: 'voip',
    });
    this.#encoder.complexity = COMPLEXITY;
    this.#encoder.bitrate = BITRATE_BPS;
    this.#encoder.signal = 'voice';
    this.#encoder.inband_fec = true;
    this.#encoder.packet_loss = EXPECTED_LOSS;
  }

  /** @param frame exactly {@link FRAME_SAMPLES} samples */
  encode(frame: Int16Array): Uint8Array {
    return this.#encoder.encode(new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength));
  }
}

/** Decoder of one track of the room. Whatever was sent comes out as mono at 8 kHz. */
export class VoiceDecoder {
  readonly #decoder: NativeDecoder;
  /** TOC byte (RFC 6716 §3.1) of the last packet, for one frame a packet. */
  #toc: number | undefined;
  readonly #nothing = new Uint8Array(1);

  constructor() {
    this.#decoder = new opus.Decoder({ channels: 1, sample_rate: ROOM_SAMPLE_RATE_HZ });
  }

  /** @returns the samples, or undefined if the packet is not Opus */
  decode(packet: Uint8Array): Int16Array | undefined {
    const samples = this.#run(packet);
    // Code 3 with its count byte, and codes 1 and 2, are several frames; one is what we may ask for.
    if (samples) this.#toc = (packet[0] ?? 0) & 0xfc;
    return samples;
  }

  /**
   * Stand in for lost audio: the decoder goes on from what it knows and fades out.
   * @returns undefined before the first packet, when there is nothing to go on from
   */
  conceal(): Int16Array | undefined {
    if (this.#toc === undefined) return undefined;
    // A packet without a frame's bytes is a lost one to the decoder (RFC 6716 §3.2.1, R1: DTX).
    this.#nothing[0] = this.#toc;
    return this.#run(this.#nothing);
  }

  #run(packet: Uint8Array): Int16Array | undefined {
    if (packet.length === 0) return undefined;
    try {
      const bytes = this.#decoder.decode(packet);
      const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
      return samples.length > MAX_PACKET_SAMPLES ? undefined : samples;
    } catch {
      return undefined;
    }
  }
}
