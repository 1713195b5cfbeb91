import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_HEAD_BYTES, StreamReader } from './stream-reader.ts';

const ONE = 'OPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabc';
const TWO = 'SIP/2.0 200 OK\r\nContent-Length : 0\r\nX: 1\r\n\r\n';

function read(reader: StreamReader, text: string): string[] {
  const items = reader.push(Buffer.from(text));
  if (typeof items === 'string') return [items];
  return items.map((item) => (item.kind === 'ping' ? 'ping' : item.data.toString()));
}

describe('a TCP stream of SIP', () => {
  it('is cut into the same messages wherever the segments end', () => {
    const stream = `${ONE}\r\n\r\n${TWO}\r\n${ONE}`;
    const cuts = fc.array(fc.nat({ max: stream.length }), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, (at) => {
        const reader = new StreamReader();
        const edges = [0, ...at.sort((a, b) => a - b), stream.length];
        const items = edges.slice(1).flatMap((end, i) => read(reader, stream.slice(edges[i], end)));
        expect(items).toEqual([ONE, 'ping', TWO, ONE]);
        expect(reader.pendingBytes).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('has one answer for a burst of keepalives, none for a single CRLF', () => {
    const reader = new StreamReader();
    expect(read(reader, '\r\n\r\n'.repeat(1_000))).toEqual(['ping']);
    expect(read(reader, '\r\n')).toEqual([]);
    expect(read(reader, ONE)).toEqual([ONE]);
  });

  it('ends when headers go on and on, however slowly they come', () => {
    const reader = new StreamReader();
    let last: string[] = [];
    for (let i = 0; i < MAX_HEAD_BYTES / 1_000 + 1; i++) last = read(reader, 'X'.repeat(1_000));
    expect(last).toEqual(['head-too-long']);
  });

  it.each([
    ['message-too-long', 'OPTIONS sip:a SIP/2.0\r\nContent-Length: 70000\r\n\r\n'],
    ['bad-content-length', 'OPTIONS sip:a SIP/2.0\r\nContent-Length: many\r\n\r\n'],
  ])('ends with %s', (why, text) => {
    expect(read(new StreamReader(), text)).toEqual([why]);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (chunks) => {
        const reader = new StreamReader();
        for (const chunk of chunks) if (typeof reader.push(Buffer.from(chunk)) === 'string') return;
      }),
    );
  });
});
