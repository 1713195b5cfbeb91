/** RTP packets, RFC 3550 §5.1. */

/** The most a packet from the network may hold; longer ones are not voice. */
export const MAX_RTP_BYTES = 1_500;
const FIXED_HEADER_BYTES = 12;

export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  /** 16 bits, wraps. */
  sequence: number;
  /** In samples, 32 bits, wraps. */
  timestamp: number;
  ssrc: number;
  /** A view into the received buffer, without padding and header extension. */
  payload: Uint8Array;
}

export type RtpFault =
  'too-short' | 'too-long' | 'bad-version' | 'rtcp' | 'bad-extension' | 'bad-padding';

/** Parse a datagram. Never throws: a fault is named, so that the caller can count it. */
export function parseRtp(data: Uint8Array): RtpPacket | RtpFault {
  if (data.length < FIXED_HEADER_BYTES) return 'too-short';
  if (data.length > MAX_RTP_BYTES) return 'too-long';
  const first = data[0] as number;
  const second = data[1] as number;
  if (first >> 6 !== 2) return 'bad-version';
  // RFC 5761 §4: RTCP packet types 192–223 on the RTP port.
  if (second >= 192 && second <= 223) return 'rtcp';
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let start = FIXED_HEADER_BYTES + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (data.length < start + 4) return 'bad-extension';
    start += 4 + 4 * view.getUint16(start + 2);
  }
  if (start > data.length) return first & 0x10 ? 'bad-extension' : 'too-short';
  let end = data.length;
  if (first & 0x20) {
    const padding = data[end - 1] as number;
    if (padding === 0 || padding > end - start) return 'bad-padding';
    end -= padding;
  }
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: data.subarray(start, end),
  };
}

/** Write a packet without CSRC, extension or padding. */
export function buildRtp(packet: RtpPacket): Buffer {
  const data = Buffer.allocUnsafe(FIXED_HEADER_BYTES + packet.payload.length);
  data[0] = 0x80;
  data[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  data.writeUInt16BE(packet.sequence & 0xffff, 2);
  data.writeUInt32BE(packet.timestamp >>> 0, 4);
  data.writeUInt32BE(packet.ssrc >>> 0, 8);
  data.set(packet.payload, FIXED_HEADER_BYTES);
  return data;
}

/** Distance from `from` to `to` on the 16-bit sequence circle, −32768…32767. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}
