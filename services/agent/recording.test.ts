import { describe, expect, it } from 'vitest';
import { readApology } from '@patchbay/common/apology';
import { audioFramesOf } from './recording.ts';

describe('the apology', () => {
  it('comes in frames of 20 ms that hold all of it', async () => {
    const apology = readApology();
    const lengths: number[] = [];
    for await (const frame of audioFramesOf(apology)) lengths.push(frame.samplesPerChannel);
    expect(new Set(lengths)).toEqual(new Set([480]));
    expect(lengths).toHaveLength(Math.ceil(apology.samples.length / 480));
  });
});
