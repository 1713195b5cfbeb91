import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildRed } from '../../testing/red-payload.ts';
import { parseRed } from './red.ts';

describe('redundant audio', () => {
  it('is taken apart into earlier packets and its own', () => {
    const payload = buildRed(
      [
        { offset: 1_920, data: [1, 2] },
        { offset: 960, data: [3] },
      ],
      [4, 5],
    );
    expect(parseRed(payload)).toEqual([
      { payloadType: 111, timestampOffset: 1_920, data: Uint8Array.from([1, 2]) },
      { payloadType: 111, timestampOffset: 960, data: Uint8Array.from([3]) },
      { payloadType: 111, timestampOffset: 0, data: Uint8Array.from([4, 5]) },
    ]);
  });

  it.each([
    ['empty', []],
    ['cut off in a header', [0x80 | 111, 0]],
    ['without a last header', [0x80 | 111, 0, 0, 0]],
    ['with a block longer than the packet', [0x80 | 111, 0, 3, 0xff, 111, 1]],
  ])('that is %s is refused', (_what, bytes) => {
    expect(parseRed(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('whatever it is made of does no harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const { data } of parseRed(bytes) ?? []) {
          expect(data.length).toBeLessThanOrEqual(bytes.length);
        }
      }),
    );
  });
});
