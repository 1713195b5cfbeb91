import { AudioFrame } from '@livekit/rtc-node';
import { expect, it } from 'vitest';
import { shortFrames } from './short-frames.ts';

it.each([
  ['100 ms become five', 2_400, [480, 480, 480, 480, 480]],
  ['what is left over stays', 1_000, [480, 480, 40]],
  ['a short one stays as it is', 240, [240]],
  ['nothing is nothing', 0, []],
])('pieces of 20 ms: %s', (_, samples, lengths) => {
  const data = Int16Array.from({ length: samples }, (_sample, index) => index);
  const pieces = [...shortFrames(new AudioFrame(data, 24_000, 1, samples))];
  expect(pieces.map(({ samplesPerChannel }) => samplesPerChannel)).toEqual(lengths);
  expect(pieces.flatMap((piece) => [...piece.data])).toEqual([...data]);
  for (const piece of pieces) expect(piece.data.byteOffset).toBe(0);
});
