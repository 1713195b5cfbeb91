import { headerKey } from './message.ts';
import { MAX_MESSAGE_BYTES } from './parse.ts';

/** The most bytes a message's start line and headers may hold on a stream. */
export const MAX_HEAD_BYTES = 32_768;

/** What came out of a stream: whole messages, or one keepalive (double CRLF, RFC 5626 §3.5.1). */
export type StreamItem = { kind: 'message'; data: Buffer } | { kind: 'ping' };

/**
 * Cuts a TCP byte stream into messages by Content-Length (RFC 3261 §18.3). Holds at most
 * {@link MAX_MESSAGE_BYTES}; a stream that can't be cut any more is reported once as broken.
 */
export class StreamReader {
  #pending: Buffer = Buffer.alloc(0);
  /** Where to go on looking for the end of the headers, so that slow senders cost no more. */
  #searched = 0;
  #needed: number | undefined;

  /** Bytes of an unfinished message. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  /** @returns what is complete now, or why the stream can't go on (close it then) */
  push(chunk: Buffer): StreamItem[] | 'head-too-long' | 'message-too-long' | 'bad-content-length' {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const items: StreamItem[] = [];
    for (;;) {
      if (this.#needed === undefined) {
        this.#skipBlankLines(items);
        const end = this.#pending.indexOf('\r\n\r\n', Math.max(0, this.#searched - 3));
        if (end > MAX_HEAD_BYTES || (end < 0 && this.#pending.length > MAX_HEAD_BYTES)) {
          return 'head-too-long';
        }
        if (end < 0) {
          this.#searched = this.#pending.length;
          return items;
        }
        const length = contentLength(this.#pending.toString('latin1', 0, end));
        if (length === undefined) return 'bad-content-length';
        this.#needed = end + 4 + length;
        if (this.#needed > MAX_MESSAGE_BYTES) return 'message-too-long';
      }
      if (this.#pending.length < this.#needed) return items;
      items.push({ kind: 'message', data: this.#pending.subarray(0, this.#needed) });
      this.#pending = this.#pending.subarray(this.#needed);
      this.#needed = undefined;
      this.#searched = 0;
    }
  }

  #skipBlankLines(items: StreamItem[]): void {
    let at = 0;
    while (this.#pending[at] === 0x0d && this.#pending[at + 1] === 0x0a) {
      if (this.#pending[at + 2] === 0x0d && this.#pending[at + 3] === 0x0a) {
        // One answer is enough for a burst of them.
        if (items.at(-1)?.kind !== 'ping') items.push({ kind: 'ping' });
        at += 4;
      } else if (this.#pending.length > at + 3) at += 2;
      else break; // could yet become a double CRLF
    }
    if (at === 0) return;
    this.#pending = this.#pending.subarray(at);
    this.#searched = 0;
  }
}

/** 0 if absent (§20.14 asks for it on streams, but some leave it out of bodiless messages). */
function contentLength(head: string): number | undefined {
  let length: number | undefined = 0;
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 1 || headerKey(line.slice(0, colon).trim()) !== 'content-length') continue;
    const text = line.slice(colon + 1).trim();
    length = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  }
  return length;
}
