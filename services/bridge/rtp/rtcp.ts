import type { ReportBlock } from './reception.ts';

/** RTCP packets, RFC 3550 §6.4–6.6: what two telephones need of them. */

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;
const CNAME = 1;
const HEADER_BYTES = 8;
const SENDER_INFO_BYTES = 20;
const BLOCK_BYTES = 24;
const MAX_RTCP_BYTES = 1_500;
const NTP_UNIX_SECONDS = 2_208_988_800;

export interface SenderInfo {
  /** Unix ms at which the packet was sent. */
  unixMs: number;
  /** The same moment in the timestamps of the stream. */
  timestamp: number;
  packets: number;
  octets: number;
}

export interface RtcpReport {
  ssrc: number;
  /** Present while audio is sent; then the report is an SR, else an RR. */
  sender: SenderInfo | undefined;
  block: ReportBlock | undefined;
  cname: string;
  bye: boolean;
}

/** What is of use in a compound packet that arrived. */
export interface RtcpReading {
  /** Middle 32 bits of the NTP time of a sender report. */
  senderReport: number | undefined;
  blocks: ReportBlock[];
  bye: boolean;
}

/** Write one compound packet: SR or RR, SDES with the CNAME, and a BYE at the end of the stream. */
export function buildRtcp(report: RtcpReport): Buffer {
  const { sender, block, bye } = report;
  const cname = Buffer.from(report.cname, 'latin1').subarray(0, 255);
  const reportBytes = HEADER_BYTES + (sender ? SENDER_INFO_BYTES : 0) + (block ? BLOCK_BYTES : 0);
  // The item list ends with at least one zero, and at a 32-bit boundary (§6.5).
  const chunkBytes = (4 + 2 + cname.length + 4) & ~3;
  const data = Buffer.alloc(reportBytes + 4 + chunkBytes + (bye ? HEADER_BYTES : 0));
  let at = header(data, 0, block ? 1 : 0, sender ? SENDER_REPORT : RECEIVER_REPORT, reportBytes);
  at = data.writeUInt32BE(report.ssrc, at);
  if (sender) {
    const { seconds, fraction } = ntpOf(sender.unixMs);
    at = data.writeUInt32BE(seconds, at);
    at = data.writeUInt32BE(fraction, at);
    at = data.writeUInt32BE(sender.timestamp >>> 0, at);
    at = data.writeUInt32BE(sender.packets >>> 0, at);
    at = data.writeUInt32BE(sender.octets >>> 0, at);
  }
  if (block) {
    at = data.writeUInt32BE(block.ssrc, at);
    at = data.writeUInt8(block.fractionLost, at);
    at = data.writeIntBE(block.cumulativeLost, at, 3);
    at = data.writeUInt32BE(block.highestSequence, at);
    at = data.writeUInt32BE(block.jitter >>> 0, at);
    at = data.writeUInt32BE(block.lastSenderReport, at);
    at = data.writeUInt32BE(block.delaySinceLast >>> 0, at);
  }
  at = header(data, at, 1, SOURCE_DESCRIPTION, 4 + chunkBytes);
  data.writeUInt32BE(report.ssrc, at);
  data.writeUInt8(CNAME, at + 4);
  data.writeUInt8(cname.length, at + 5);
  data.set(cname, at + 6);
  if (bye) {
    at = header(data, at + chunkBytes, 1, BYE, HEADER_BYTES);
    data.writeUInt32BE(report.ssrc, at);
  }
  return data;
}

/**
 * Read a compound packet (§6.1 and the checks of A.2).
 * Never throws: undefined if it is none.
 */
export function parseRtcp(data: Uint8Array): RtcpReading | undefined {
  if (data.length < HEADER_BYTES || data.length > MAX_RTCP_BYTES) return undefined;
  const first = data[1] as number;
  // The first one is a report, without padding.
  if ((first !== SENDER_REPORT && first !== RECEIVER_REPORT) || (data[0] as number) & 0x20) {
    return undefined;
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const reading: RtcpReading = { senderReport: undefined, blocks: [], bye: false };
  let at = 0;
  while (at < data.length) {
    if (at + 4 > data.length || (data[at] as number) >> 6 !== 2) return undefined;
    const end = at + 4 * (view.getUint16(at + 2) + 1);
    if (end > data.length) return undefined;
    if (!readOne(view, at, end, reading)) return undefined;
    at = end;
  }
  return reading;
}

/** @returns false if the counts don't fit the length */
function readOne(view: DataView, at: number, end: number, reading: RtcpReading): boolean {
  const count = view.getUint8(at) & 0x1f;
  const type = view.getUint8(at + 1);
  if (type === BYE) {
    reading.bye = true;
    return end >= at + 4 + 4 * count;
  }
  if (type !== SENDER_REPORT && type !== RECEIVER_REPORT) return true;
  const blocksAt = at + HEADER_BYTES + (type === SENDER_REPORT ? SENDER_INFO_BYTES : 0);
  if (end < blocksAt + BLOCK_BYTES * count) return false;
  if (type === SENDER_REPORT) reading.senderReport = view.getUint32(at + HEADER_BYTES + 2);
  for (let block = blocksAt; block < blocksAt + BLOCK_BYTES * count; block += BLOCK_BYTES) {
    reading.blocks.push({
      ssrc: view.getUint32(block),
      fractionLost: view.getUint8(block + 4),
      cumulativeLost: (view.getUint32(block + 4) << 8) >> 8,
      highestSequence: view.getUint32(block + 8),
      jitter: view.getUint32(block + 12),
      lastSenderReport: view.getUint32(block + 16),
      delaySinceLast: view.getUint32(block + 20),
    });
  }
  return true;
}

function header(data: Buffer, at: number, count: number, type: number, bytes: number): number {
  data[at] = 0x80 | count;
  data[at + 1] = type;
  return data.writeUInt16BE(bytes / 4 - 1, at + 2);
}

/** §4: seconds since 1900 and their binary fraction. */
function ntpOf(unixMs: number): { seconds: number; fraction: number } {
  const seconds = Math.floor(unixMs / 1_000);
  const fraction = Math.floor(((unixMs - seconds * 1_000) / 1_000) * 2 ** 32);
  return { seconds: (seconds + NTP_UNIX_SECONDS) >>> 0, fraction: fraction >>> 0 };
}

/** The middle 32 bits of the NTP time: units of 1/65536 s. */
export function compactNtp(unixMs: number): number {
  const { seconds, fraction } = ntpOf(unixMs);
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}
