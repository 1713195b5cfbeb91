/** RTCP that we send about the room's tracks. */

const TRANSPORT_FEEDBACK = 205;
const GENERIC_NACK = 1;
/** We have nothing to be reported on in this direction; any number does (RFC 4585 §6.1). */
const OWN_SSRC = 1;
/** One feedback entry names a packet and sixteen behind it. */
const PACKETS_PER_ENTRY = 17;
const MOST_ENTRIES = 4;

/**
 * Ask for packets again: generic NACK, RFC 4585 §6.2.1.
 * @param from first missing sequence number
 * @param count how many in a row
 */
export function nack(mediaSsrc: number, from: number, count: number): Buffer {
  const entries = Math.min(MOST_ENTRIES, Math.ceil(count / PACKETS_PER_ENTRY));
  const packet = Buffer.alloc(12 + 4 * entries);
  packet[0] = 0x80 | GENERIC_NACK;
  packet[1] = TRANSPORT_FEEDBACK;
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
  packet.writeUInt32BE(OWN_SSRC, 4);
  packet.writeUInt32BE(mediaSsrc >>> 0, 8);
  for (let entry = 0; entry < entries; entry++) {
    const done = entry * PACKETS_PER_ENTRY;
    const behind = Math.min(PACKETS_PER_ENTRY, count - done) - 1;
    packet.writeUInt16BE((from + done) & 0xffff, 12 + 4 * entry);
    packet.writeUInt16BE((1 << behind) - 1, 14 + 4 * entry);
  }
  return packet;
}
