import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_RTP_BYTES,
  buildRtp,
  parseRtp,
  sequenceDistance,
  type RtpPacket,
} from './rtp-packet.ts';

const packets = fc.record({
  // Payload types 64–95 with the marker bit look like RTCP (RFC 5761 §4), so nobody may use them.
  payloadType: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 96, max: 127 })),
  marker: fc.boolean(),
  sequence: fc.integer({ min: 0, max: 0xffff }),
  timestamp: fc.integer({ min: 0, max: 0xffffffff }),
  ssrc: fc.integer({ min: 0, max: 0xffffffff }),
  payload: fc.uint8Array({ maxLength: MAX_RTP_BYTES - 12 }),
});

const voice: RtpPacket = {
  payloadType: 8,
  marker: true,
  sequence: 0x1234,
  timestamp: 0xfffffff0,
  ssrc: 0xdeadbeef,
  payload: Uint8Array.of(1, 2, 3, 4),
};

const bytes = (count: number, value: number): number[] => new Array<number>(count).fill(value);

/** A packet with CSRCs, an extension of so many words, and padding. */
function dressed(csrcs: number, extensionWords: number | undefined, padding: number): Uint8Array {
  const plain = buildRtp(voice);
  const extension =
    extensionWords === undefined
      ? []
      : [0xbe, 0xde, 0, extensionWords, ...bytes(4 * extensionWords, 9)];
  const tail = padding > 0 ? [...bytes(padding - 1, 0), padding] : [];
  const data = Uint8Array.from([
    ...plain.subarray(0, 12),
    ...bytes(4 * csrcs, 5),
    ...extension,
    ...plain.subarray(12),
    ...tail,
  ]);
  data[0] = 0x80 | csrcs | (extension.length > 0 ? 0x10 : 0) | (padding > 0 ? 0x20 : 0);
  return data;
}

describe('a packet that was built', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        expect(parseRtp(buildRtp(packet))).toMatchObject({
          ...packet,
          payload: Buffer.from(packet.payload),
        });
      }),
    );
  });

  it('has the bytes of RFC 3550 §5.1 in network order', () => {
    expect(buildRtp(voice).toString('hex')).toBe('80881234fffffff0deadbeef01020304');
  });

  it('wraps a sequence number and a timestamp that ran over', () => {
    const wrapped = parseRtp(buildRtp({ ...voice, sequence: 0x10001, timestamp: 0x100000002 }));
    expect(wrapped).toMatchObject({ sequence: 1, timestamp: 2 });
  });
});

describe('a packet from the network', () => {
  it('is read through CSRCs, header extension and padding', () => {
    for (const data of [
      dressed(0, undefined, 0),
      dressed(15, undefined, 0),
      dressed(2, 3, 8),
      dressed(0, 0, 1),
    ]) {
      expect(parseRtp(data)).toMatchObject({ ...voice, payload: voice.payload });
    }
  });

  it('is read at an offset inside a larger buffer', () => {
    const large = new Uint8Array(100).fill(0xee);
    large.set(buildRtp(voice), 7);
    expect(parseRtp(large.subarray(7, 23))).toEqual(voice);
  });

  it('may be empty of voice', () => {
    expect(parseRtp(buildRtp({ ...voice, payload: new Uint8Array(0) }))).toMatchObject({
      payload: Buffer.alloc(0),
    });
  });

  it.each<[string, Uint8Array]>([
    ['too-short', new Uint8Array(0)],
    ['too-short', buildRtp(voice).subarray(0, 11)],
    ['too-short', dressed(15, undefined, 0).subarray(0, 40)],
    ['too-long', buildRtp({ ...voice, payload: new Uint8Array(MAX_RTP_BYTES) })],
    ['bad-version', Uint8Array.from(buildRtp(voice), (byte, i) => (i === 0 ? 0x40 : byte))],
    ['rtcp', Uint8Array.from(buildRtp(voice), (byte, i) => (i === 1 ? 200 : byte))],
    ['rtcp', Uint8Array.from(buildRtp(voice), (byte, i) => (i === 1 ? 201 : byte))],
    ['bad-extension', dressed(0, 200, 0).subarray(0, 20)],
    ['bad-extension', dressed(0, 0, 0).subarray(0, 14)],
    ['bad-padding', Uint8Array.from(dressed(0, undefined, 4), (byte, i) => (i === 19 ? 0 : byte))],
    [
      'bad-padding',
      Uint8Array.from(dressed(0, undefined, 4), (byte, i) => (i === 19 ? 200 : byte)),
    ],
  ])('is refused as %s', (fault, data) => {
    expect(parseRtp(data)).toBe(fault);
  });

  it('never throws and never reads outside itself, whatever arrives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (data, version2) => {
        if (version2 && data.length > 0) data[0] = 0x80 | (data[0]! & 0x3f);
        const parsed = parseRtp(data);
        if (typeof parsed === 'string') return;
        expect(parsed.payload.buffer).toBe(data.buffer);
        expect(parsed.payload.byteOffset).toBeGreaterThanOrEqual(12);
        expect(parsed.payload.byteOffset + parsed.payload.length).toBeLessThanOrEqual(data.length);
        expect(parsed.payloadType).toBeLessThan(128);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('distance on the sequence circle', () => {
  it.each([
    [0, 1, 1],
    [65_535, 0, 1],
    [0, 65_535, -1],
    [65_530, 5, 11],
    [5, 65_530, -11],
    [7, 7, 0],
    [0, 32_767, 32_767],
    [0, 32_768, -32_768],
  ])('from %i to %i is %i', (from, to, distance) => {
    expect(sequenceDistance(from, to)).toBe(distance);
  });

  it('is what was added, for any step shorter than half the circle', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: -32_768, max: 32_767 }),
        (from, step) => {
          expect(sequenceDistance(from, (from + step) & 0xffff)).toBe(step);
        },
      ),
    );
  });
});
