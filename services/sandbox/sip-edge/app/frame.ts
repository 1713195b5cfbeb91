/** The framing of drachtio's application protocol: `<length in bytes>#<payload>`, both ways. */

/** Five digits at most, as in drachtio-server: a payload has at most 99 999 bytes. */
const MAX_DIGITS = 5;
const HASH = 0x23;

/** Prepend the length. */
export function encodeFrame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${payload.length}#`), payload]);
}

/** Cuts a byte stream into payloads, however it was cut into segments. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /** @returns the payloads complete now, or `bad-length`: close the connection then */
  push(chunk: Buffer): Buffer[] | 'bad-length' {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const payloads: Buffer[] = [];
    for (;;) {
      const length = this.#readLength();
      if (length === 'bad-length') return length;
      if (length === 'incomplete') return payloads;
      const start = length.digits + 1;
      const end = start + length.bytes;
      if (this.#pending.length < end) return payloads;
      payloads.push(this.#pending.subarray(start, end));
      this.#pending = this.#pending.subarray(end);
    }
  }

  #readLength(): { digits: number; bytes: number } | 'incomplete' | 'bad-length' {
    let bytes = 0;
    for (let i = 0; i <= MAX_DIGITS; i++) {
      const c = this.#pending[i];
      if (c === undefined) return 'incomplete';
      if (c === HASH) return bytes > 0 ? { digits: i, bytes } : 'bad-length';
      if (c < 0x30 || c > 0x39) return 'bad-length';
      bytes = bytes * 10 + (c - 0x30);
    }
    return 'bad-length';
  }
}
