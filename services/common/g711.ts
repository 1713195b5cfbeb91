/**
 * G.711 (ITU-T G.711, 11/1988): 8 kHz, one byte a sample. Tables are built once from the
 * segment-and-step definition, so encoding and decoding are one look-up a sample.
 */

/** RTP payload types of RFC 3551 §6. */
export const PCMU = 0;
export const PCMA = 8;
export type G711PayloadType = typeof PCMU | typeof PCMA;

/** The byte that stands for silence (a zero sample). */
export const SILENCE_BYTE = { [PCMU]: 0xff, [PCMA]: 0xd5 } as const;

const MULAW_BIAS = 0x84;
const MULAW_CLIP = 32_635;

function mulawToLinear(byte: number): number {
  const u = ~byte & 0xff;
  const magnitude = (((u & 0x0f) << 3) + MULAW_BIAS) << ((u & 0x70) >> 4);
  return u & 0x80 ? MULAW_BIAS - magnitude : magnitude - MULAW_BIAS;
}

function linearToMulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), MULAW_CLIP) + MULAW_BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function alawToLinear(byte: number): number {
  const a = byte ^ 0x55;
  const exponent = (a & 0x70) >> 4;
  const mantissa = (a & 0x0f) << 4;
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1);
  return a & 0x80 ? magnitude : -magnitude;
}

function linearToAlaw(sample: number): number {
  // A-law has no zero: negative values mirror from -1, as in G.711 table 1a.
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(sample >= 0 ? sample : -sample - 1, 32_767);
  const exponent = magnitude < 256 ? 0 : 24 - Math.clz32(magnitude);
  const mantissa = exponent === 0 ? magnitude >> 4 : (magnitude >> (exponent + 3)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function decodeTable(decode: (byte: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, byte) => decode(byte));
}

function encodeTable(encode: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, index) => encode((index << 16) >> 16));
}

const DECODE = { [PCMU]: decodeTable(mulawToLinear), [PCMA]: decodeTable(alawToLinear) };
const ENCODE = { [PCMU]: encodeTable(linearToMulaw), [PCMA]: encodeTable(linearToAlaw) };

/** Decode bytes to 16-bit samples at 8 kHz; `out`, if given, must have room for `bytes.length` samples. */
export function decodeG711(
  payloadType: G711PayloadType,
  bytes: Uint8Array,
  out = new Int16Array(bytes.length),
): Int16Array {
  const table = DECODE[payloadType];
  for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i] as number] as number;
  return out;
}

/** Encode 16-bit samples at 8 kHz; `out`, if given, must have room for `samples.length` bytes. */
export function encodeG711(
  payloadType: G711PayloadType,
  samples: Int16Array,
  out = new Uint8Array(samples.length),
): Uint8Array {
  const table = ENCODE[payloadType];
  for (let i = 0; i < samples.length; i++)
    out[i] = table[(samples[i] as number) & 0xffff] as number;
  return out;
}
