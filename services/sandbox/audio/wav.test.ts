import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeWav, encodeWav, readWav, writeWav } from './wav.ts';

const rates = fc.constantFrom(8_000, 16_000, 24_000, 48_000);

describe('a WAV', () => {
  it('is read as it was written, mono and stereo', () => {
    fc.assert(
      fc.property(
        rates,
        fc.array(fc.tuple(fc.integer({ min: -32_768, max: 32_767 }), fc.constant(7)), {
          maxLength: 99,
        }),
        fc.boolean(),
        (sampleRateHz, frames, stereo) => {
          const left = Int16Array.from(frames, ([sample]) => sample);
          const channels = stereo
            ? [left, Int16Array.from(frames, ([, sample]) => sample)]
            : [left];
          expect(decodeWav(encodeWav({ sampleRateHz, channels }))).toEqual({
            sampleRateHz,
            channels,
          });
        },
      ),
    );
  });

  it('has the canonical 44-byte header', () => {
    const data = encodeWav({
      sampleRateHz: 8_000,
      channels: [Int16Array.of(1), Int16Array.of(-2)],
    });
    expect(data.toString('hex')).toBe(
      '52494646' +
        '28000000' +
        '57415645' +
        '666d7420' +
        '10000000' +
        '0100' +
        '0200' +
        '401f0000' +
        '007d0000' +
        '0400' +
        '1000' +
        '64617461' +
        '04000000' +
        '0100feff',
    );
  });

  it('fills the shorter channel up with silence', () => {
    const wav = decodeWav(
      encodeWav({ sampleRateHz: 8_000, channels: [Int16Array.of(1, 2), Int16Array.of(3)] }),
    );
    expect(wav.channels[1]).toEqual(Int16Array.of(3, 0));
  });

  it('is read past other chunks, odd ones too, and with a length that streaming left open', () => {
    const plain = encodeWav({ sampleRateHz: 16_000, channels: [Int16Array.of(5, 6)] });
    const odd = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    const data = Buffer.concat([plain.subarray(0, 36), odd, plain.subarray(36)]);
    data.writeUInt32LE(0xffffffff, 36 + odd.length + 4);
    expect(decodeWav(data)).toEqual({ sampleRateHz: 16_000, channels: [Int16Array.of(5, 6)] });
  });

  it('goes through a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wav-'));
    try {
      const wav = { sampleRateHz: 8_000, channels: [Int16Array.of(1, -1)] };
      await writeWav(join(folder, 'a.wav'), wav);
      expect(await readWav(join(folder, 'a.wav'))).toEqual(wav);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /not a WAV/],
    ['a text', Buffer.from('hello, this is no sound at all'), /not a WAV/],
    [
      'a header alone',
      encodeWav({ sampleRateHz: 8_000, channels: [new Int16Array(0)] }).subarray(0, 36),
      /no data/,
    ],
    [
      'µ-law',
      Buffer.from(encodeWav({ sampleRateHz: 8_000, channels: [new Int16Array(2)] })).fill(
        7,
        20,
        21,
      ),
      /format 7/,
    ],
  ])('is refused in words when it is %s', (_, data, words) => {
    expect(() => decodeWav(data)).toThrow(words);
  });

  it('never fails with anything but words, whatever the file holds', () => {
    const good = encodeWav({ sampleRateHz: 8_000, channels: [new Int16Array(8)] });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(59), fc.nat(255))), fc.nat(60), (edits, length) => {
        const data = Buffer.from(good.subarray(0, length));
        for (const [at, value] of edits) if (at < data.length) data[at] = value;
        try {
          decodeWav(data);
        } catch (error) {
          expect((error as Error).message).toMatch(/WAV/);
        }
      }),
    );
  });

  it('refuses to be written with three channels or a broken rate', () => {
    const c = new Int16Array(1);
    expect(() => encodeWav({ sampleRateHz: 8_000, channels: [c, c, c] })).toThrow(
      /channels: got 3/,
    );
    expect(() => encodeWav({ sampleRateHz: 0.5, channels: [c] })).toThrow(/sampleRateHz: got 0.5/);
  });
});
