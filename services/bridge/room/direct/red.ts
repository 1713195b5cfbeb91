/** Redundant audio data, RFC 2198 §3: an RTP payload that carries earlier packets again. */

export interface RedBlock {
  /** RTP payload type of the block. */
  payloadType: number;
  /** How much earlier than the packet itself it is, in RTP timestamp units; 0 for the last block. */
  timestampOffset: number;
  data: Uint8Array;
}

/** More copies than any sender makes. */
const MAX_BLOCKS = 8;

/**
 * Take a RED payload apart.
 * @returns the blocks, the oldest first and the packet's own last; undefined if it is malformed
 */
export function parseRed(payload: Uint8Array): RedBlock[] | undefined {
  const headers: { payloadType: number; timestampOffset: number; length: number }[] = [];
  let at = 0;
  for (;;) {
    const first = payload[at];
    if (first === undefined || headers.length >= MAX_BLOCKS) return undefined;
    if ((first & 0x80) === 0) {
      at += 1;
      headers.push({ payloadType: first, timestampOffset: 0, length: -1 });
      break;
    }
    if (at + 4 > payload.length) return undefined;
    const rest =
      ((payload[at + 1] ?? 0) << 16) | ((payload[at + 2] ?? 0) << 8) | (payload[at + 3] ?? 0);
    headers.push({
      payloadType: first & 0x7f,
      timestampOffset: rest >> 10,
      length: rest & 0x3ff,
    });
    at += 4;
  }
  const blocks: RedBlock[] = [];
  for (const { payloadType, timestampOffset, length } of headers) {
    const end = length === -1 ? payload.length : at + length;
    if (end > payload.length) return undefined;
    blocks.push({ payloadType, timestampOffset, data: payload.subarray(at, end) });
    at = end;
  }
  return blocks;
}
