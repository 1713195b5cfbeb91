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
  reset(): void;
  encode(pcm: Uint8Array): Uint8Array<ArrayBuffer>;
}
interface NativeDecoder {
  reset(): void;
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

/** Codecs that wait for a call, of each kind; some 4 and 2 MB. */
const MOST_SPARE = 100;

/**
 * Codecs of calls that are over, for those that come. What they hold (43 KB an encoder, 18 KB a
 * decoder) is given back by the garbage collector alone, which does not know of it and lets it grow.
 */
class Spares<T extends { reset(): void }> {
  readonly #make: () => T;
  readonly #spare: T[] = [];

  constructor(make: () => T) {
    this.#make = make;
  }

  take(): T {
    return this.#spare.pop() ?? this.#make();
  }

  /** It must not be used by the one who gives it back. */
  put(codec: T): void {
    if (this.#spare.length === MOST_SPARE) return;
    codec.reset();
    this.#spare.push(codec);
  }
}

const encoders = new Spares<NativeEncoder>(() => {
  const encoder = new opus.Encoder({
    channels: 1,
    sample_rate: ROOM_SAMPLE_RATE_HZ,
    application: 'voip',
  });
  encoder.complexity = COMPLEXITY;
  encoder.bitrate = BITRATE_BPS;
  encoder.signal = 'voice';
  encoder.inband_fec = true;
  encoder.packet_loss = EXPECTED_LOSS;
  return encoder;
});
const decoders = new Spares<NativeDecoder>(
  () => new opus.Decoder({ channels: 1, sample_rate: ROOM_SAMPLE_RATE_HZ }),
);

/** Encoder of the caller's voice: mono, 8 kHz, tuned for speech, with in-band FEC. */
export class VoiceEncoder {
  #encoder: NativeEncoder | undefined = encoders.take();

  /**
   * @param frame exactly {@link FRAME_SAMPLES} samples
   * @throws after {@link close}
   */
  encode(frame: Int16Array): Uint8Array {
    if (!this.#encoder) throw new Error('the encoder is closed');
    return this.#encoder.encode(new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength));
  }

  /** Another call may have it now. */
  close(): void {
    if (this.#encoder) encoders.put(this.#encoder);
    this.#encoder = undefined;
  }
}

/** Decoder of one track of the room. Whatever was sent comes out as mono at 8 kHz. */
export class VoiceDecoder {
  #decoder: NativeDecoder | undefined = decoders.take();
  /** TOC byte (RFC 6716 §3.1) of the last packet, for one frame a packet. */
  #toc: number | undefined;
  readonly #nothing = new Uint8Array(1);

  /** @returns the samples, or undefined if the packet is not Opus or the decoder is closed */
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

  /** Forget what came before: another stream begins. */
  reset(): void {
    this.#decoder?.reset();
    this.#toc = undefined;
  }

  /** Another call may have it now. */
  close(): void {
    if (this.#decoder) decoders.put(this.#decoder);
    this.#decoder = undefined;
  }

  #run(packet: Uint8Array): Int16Array | undefined {
    if (packet.length === 0 || !this.#decoder) return undefined;
    try {
      const bytes = this.#decoder.decode(packet);
      const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
      return samples.length > MAX_PACKET_SAMPLES ? undefined : samples;
    } catch {
      return undefined;
    }
  }
}
