import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto';

/** SRTP and SRTCP (RFC 3711) with the suites of RFC 4568 §6.2: AES-128 in counter mode, HMAC-SHA1. */

export const SRTP_SUITES = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'] as const;
export type SrtpSuite = (typeof SRTP_SUITES)[number];

/** Master key and salt, one after the other. */
export const SRTP_KEY_BYTES = 30;
const MASTER_KEY_BYTES = 16;
const SALT_BYTES = 14;
const AUTH_KEY_BYTES = 20;
const TAG_BYTES: Readonly<Record<SrtpSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 10,
  AES_CM_128_HMAC_SHA1_32: 4,
};
/** RFC 4568 §6.2.2: also the short suite signs RTCP with 80 bits. */
const RTCP_TAG_BYTES = 10;
const RTP_HEADER_BYTES = 12;
const RTCP_HEADER_BYTES = 8;
const ENCRYPTED = 0x8000_0000;
const CIPHER = 'aes-128-ctr';
/** Packets older than this by number are taken for repeated ones (§3.3.2). */
const WINDOW = 64;
const WRAP = 0x1_0000;

interface Keys {
  cipher: Buffer;
  auth: Buffer;
  salt: Buffer;
}

/** §4.3.1 with a key derivation rate of 0. @param label 0–2 for RTP, 3–5 for RTCP */
function keysOf(master: Buffer, salt: Buffer, label: number): Keys {
  const derive = (use: number, bytes: number) => {
    const iv = Buffer.alloc(16);
    salt.copy(iv);
    iv[7] = (iv[7] as number) ^ (label + use);
    return createCipheriv(CIPHER, master, iv).update(Buffer.alloc(bytes));
  };
  return {
    cipher: derive(0, MASTER_KEY_BYTES),
    auth: derive(1, AUTH_KEY_BYTES),
    salt: derive(2, SALT_BYTES),
  };
}

/** Numbers that came, so that a packet sent again by somebody else is not taken twice. */
class ReplayWindow {
  #highest = -1;
  #seen = 0n;

  /** True if the number is new. */
  admits(index: number): boolean {
    if (index > this.#highest) return true;
    const back = this.#highest - index;
    return back < WINDOW && (this.#seen & (1n << BigInt(back))) === 0n;
  }

  add(index: number): void {
    const ahead = index - this.#highest;
    if (ahead <= 0) {
      this.#seen |= 1n << BigInt(-ahead);
      return;
    }
    this.#seen = ahead >= WINDOW ? 1n : BigInt.asUintN(WINDOW, this.#seen << BigInt(ahead)) | 1n;
    this.#highest = index;
  }
}

/** How far one direction has counted: what the packets themselves do not say. */
export interface SrtpPlace {
  /** How often the sequence numbers have wrapped. */
  rollover: number;
  /** Number of the next SRTCP packet of ours. */
  rtcpIndex: number;
}

/** One direction of one call: protects what is sent, or opens what is received. */
export class SrtpContext {
  readonly #rtp: Keys;
  readonly #rtcp: Keys;
  readonly #tagBytes: number;
  readonly #iv = Buffer.alloc(16);
  readonly #word = Buffer.alloc(4);
  /** Rollover counter and highest sequence number of the one stream there is. */
  #ssrc: number | undefined;
  #rollover: number;
  #sequence = 0;
  #window = new ReplayWindow();
  #rtcpIndex: number;
  readonly #rtcpWindow = new ReplayWindow();

  /**
   * @param key master key and salt, {@link SRTP_KEY_BYTES} in all
   * @param before where another context with this key stopped
   */
  constructor(suite: SrtpSuite, key: Uint8Array, before?: SrtpPlace) {
    this.#rollover = before?.rollover ?? 0;
    this.#rtcpIndex = before?.rtcpIndex ?? 0;
    const master = Buffer.from(key.subarray(0, MASTER_KEY_BYTES));
    const salt = Buffer.from(key.subarray(MASTER_KEY_BYTES, SRTP_KEY_BYTES));
    this.#rtp = keysOf(master, salt, 0);
    this.#rtcp = keysOf(master, salt, 3);
    this.#tagBytes = TAG_BYTES[suite];
  }

  get place(): SrtpPlace {
    return { rollover: this.#rollover, rtcpIndex: this.#rtcpIndex };
  }

  /** An RTP packet without CSRC and extension, as we send them, made into an SRTP packet. */
  protect(packet: Buffer): Buffer {
    const ssrc = packet.readUInt32BE(8);
    const sequence = packet.readUInt16BE(2);
    if (this.#ssrc === ssrc && sequence < this.#sequence) this.#rollover += 1;
    this.#ssrc = ssrc;
    this.#sequence = sequence;
    const body = this.#crypt(
      this.#rtp,
      ssrc,
      this.#rollover * WRAP + sequence,
      packet.subarray(RTP_HEADER_BYTES),
    );
    const header = packet.subarray(0, RTP_HEADER_BYTES);
    const tag = this.#sign(this.#rtp, [header, body], this.#rollover).subarray(0, this.#tagBytes);
    return Buffer.concat([header, body, tag]);
  }

  /** An SRTP packet opened; undefined if it is not genuine, or came before. Never throws. */
  open(data: Buffer): Buffer | undefined {
    const end = data.length - this.#tagBytes;
    if (end < RTP_HEADER_BYTES || (data[0] as number) >> 6 !== 2) return undefined;
    const start = payloadStart(data, end);
    if (start === undefined) return undefined;
    const ssrc = data.readUInt32BE(8);
    const sequence = data.readUInt16BE(2);
    const fresh = ssrc !== this.#ssrc;
    const rollover = !fresh
      ? this.#guessRollover(sequence)
      : this.#ssrc === undefined
        ? this.#rollover
        : 0;
    const index = rollover * WRAP + sequence;
    if (rollover < 0 || (!fresh && !this.#window.admits(index))) return undefined;
    const signed = data.subarray(0, end);
    if (!matches(this.#sign(this.#rtp, [signed], rollover), data.subarray(end))) return undefined;
    if (fresh) this.#window = new ReplayWindow();
    this.#window.add(index);
    if (fresh || index > this.#rollover * WRAP + this.#sequence) {
      this.#rollover = rollover;
      this.#sequence = sequence;
    }
    this.#ssrc = ssrc;
    const body = this.#crypt(this.#rtp, ssrc, index, data.subarray(start, end));
    return Buffer.concat([data.subarray(0, start), body]);
  }

  protectRtcp(packet: Buffer): Buffer {
    const index = this.#rtcpIndex;
    this.#rtcpIndex = (index + 1) % ENCRYPTED;
    const header = packet.subarray(0, RTCP_HEADER_BYTES);
    const ssrc = packet.readUInt32BE(4);
    const body = this.#crypt(this.#rtcp, ssrc, index, packet.subarray(RTCP_HEADER_BYTES));
    const tag = this.#sign(this.#rtcp, [header, body], ENCRYPTED + index);
    const trailer = Buffer.from(this.#word);
    return Buffer.concat([header, body, trailer, tag.subarray(0, RTCP_TAG_BYTES)]);
  }

  openRtcp(data: Buffer): Buffer | undefined {
    const end = data.length - RTCP_TAG_BYTES - 4;
    if (end < RTCP_HEADER_BYTES) return undefined;
    const word = data.readUInt32BE(end);
    const index = word % ENCRYPTED;
    if (!this.#rtcpWindow.admits(index)) return undefined;
    const tag = this.#sign(this.#rtcp, [data.subarray(0, end)], word);
    if (!matches(tag, data.subarray(end + 4))) return undefined;
    this.#rtcpWindow.add(index);
    const header = data.subarray(0, RTCP_HEADER_BYTES);
    const body = data.subarray(RTCP_HEADER_BYTES, end);
    if (word < ENCRYPTED) return Buffer.concat([header, body]);
    return Buffer.concat([header, this.#crypt(this.#rtcp, data.readUInt32BE(4), index, body)]);
  }

  /** §4.1.1: the same work both ways. */
  #crypt(keys: Keys, ssrc: number, index: number, body: Uint8Array): Buffer {
    const iv = this.#iv;
    keys.salt.copy(iv);
    iv.writeUInt16BE(0, 14);
    iv.writeUInt32BE((iv.readUInt32BE(4) ^ ssrc) >>> 0, 4);
    iv.writeUIntBE(iv.readUIntBE(8, 2) ^ Math.floor(index / 2 ** 32), 8, 2);
    iv.writeUInt32BE((iv.readUInt32BE(10) ^ (index % 2 ** 32)) >>> 0, 10);
    return createCipheriv(CIPHER, keys.cipher, iv).update(body);
  }

  /** §4.2: over the packet and a word that is not sent, or is. */
  #sign(keys: Keys, parts: readonly Uint8Array[], word: number): Buffer {
    this.#word.writeUInt32BE(word >>> 0);
    const hmac = createHmac('sha1', keys.auth);
    for (const part of parts) hmac.update(part);
    return hmac.update(this.#word).digest();
  }

  /** §3.3.1 and appendix A: which time round the sequence number is. */
  #guessRollover(sequence: number): number {
    const ahead = sequence - this.#sequence;
    if (ahead > WRAP / 2) return this.#rollover - 1;
    return ahead < -WRAP / 2 ? this.#rollover + 1 : this.#rollover;
  }
}

function payloadStart(data: Buffer, end: number): number | undefined {
  const first = data[0] as number;
  let start = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (start + 4 > end) return undefined;
    start += 4 + 4 * data.readUInt16BE(start + 2);
  }
  return start <= end ? start : undefined;
}

function matches(signature: Buffer, tag: Uint8Array): boolean {
  return timingSafeEqual(signature.subarray(0, tag.length), tag);
}
