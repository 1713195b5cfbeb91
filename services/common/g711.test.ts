import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PCMA, PCMU, SILENCE_BYTE, decodeG711, encodeG711, type G711PayloadType } from './g711.ts';

const everySample = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);

function decodeOne(payloadType: G711PayloadType, byte: number): number {
  return decodeG711(payloadType, Uint8Array.of(byte))[0]!;
}

function encodeOne(payloadType: G711PayloadType, sample: number): number {
  return encodeG711(payloadType, Int16Array.of(sample))[0]!;
}

// Values of ITU-T G.711 tables 1 and 2, left-justified to 16 bits; the same as sox decodes.
describe('decoding', () => {
  it.each([
    [0xff, 0],
    [0x7f, 0],
    [0x00, -32_124],
    [0x80, 32_124],
    [0xfe, 8],
    [0x7e, -8],
    [0xf0, 120],
    [0xef, 132],
    [0x8f, 16_764],
  ])('µ-law byte %i is sample %i', (byte, sample) => {
    expect(decodeOne(PCMU, byte)).toBe(sample);
  });

  it.each([
    [0xd5, 8],
    [0x55, -8],
    [0xaa, 32_256],
    [0x2a, -32_256],
    [0x80, 5_504],
    [0x00, -5_504],
    [0xda, 248],
    [0xc5, 264],
  ])('A-law byte %i is sample %i', (byte, sample) => {
    expect(decodeOne(PCMA, byte)).toBe(sample);
  });
});

describe.each([
  { name: 'µ-law', pt: PCMU, smallestStep: 8, loudest: 32_124 },
  { name: 'A-law', pt: PCMA, smallestStep: 16, loudest: 32_256 },
] as const)('$name', ({ pt, smallestStep, loudest }) => {
  it('gives every byte back that it decoded', () => {
    const again = encodeG711(pt, decodeG711(pt, everyByte));
    // µ-law has two zeros: 0x7f (−0) comes back as 0xff (+0).
    const expected = everyByte.map((byte) => (pt === PCMU && byte === 0x7f ? 0xff : byte));
    expect(again).toEqual(expected);
  });

  it('stays within half a step of the sample: 1/32 of its size, or the smallest step', () => {
    const decoded = decodeG711(pt, encodeG711(pt, everySample));
    // Segments double; half a step is at most 1/32 of the segment's lower edge plus the bias.
    const tooFar = everySample.filter((sample, i) => {
      const magnitude = Math.abs(sample);
      const bound = Math.max(smallestStep / 2, (magnitude + 132) / 32) + 1;
      return magnitude <= loudest && Math.abs(decoded[i]! - sample) > bound;
    });
    expect([...tooFar]).toEqual([]);
  });

  it('clips what is louder than the loudest code', () => {
    expect(decodeOne(pt, encodeOne(pt, 32_767))).toBe(loudest);
    expect(decodeOne(pt, encodeOne(pt, -32_768))).toBe(-loudest);
  });

  it('keeps order: a greater sample never decodes to a smaller one', () => {
    const decoded = decodeG711(pt, encodeG711(pt, everySample));
    expect(decoded).toEqual(decoded.toSorted());
  });

  it('has the code of a zero sample as its silence', () => {
    expect(encodeOne(pt, 0)).toBe(SILENCE_BYTE[pt]);
    expect(Math.abs(decodeOne(pt, SILENCE_BYTE[pt]))).toBeLessThanOrEqual(8);
  });

  it('writes into a given buffer and leaves the rest of it alone', () => {
    const bytes = new Uint8Array(4).fill(7);
    expect(encodeG711(pt, Int16Array.of(0, 0), bytes)).toBe(bytes);
    expect([...bytes]).toEqual([SILENCE_BYTE[pt], SILENCE_BYTE[pt], 7, 7]);
    const samples = new Int16Array(3).fill(7);
    expect(decodeG711(pt, bytes.subarray(0, 2), samples)).toBe(samples);
    expect(samples[2]).toBe(7);
  });

  it('does not degrade further when coded again and again', () => {
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 400 }), (samples) => {
        const once = decodeG711(pt, encodeG711(pt, samples));
        expect(decodeG711(pt, encodeG711(pt, once))).toEqual(once);
      }),
    );
  });
});
