/** A payload of redundant audio (RFC 2198) with the given earlier Opus packets before its own. */
export function buildRed(blocks: { offset: number; data: number[] }[], own: number[]): Uint8Array {
  const headers = blocks.flatMap(({ offset, data }) => {
    const rest = (offset << 10) | data.length;
    return [0x80 | 111, rest >> 16, (rest >> 8) & 0xff, rest & 0xff];
  });
  return Uint8Array.from([...headers, 111, ...blocks.flatMap(({ data }) => data), ...own]);
}
