import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readApology } from './apology.ts';
import { readRecording } from './recording.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-recording-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the apology', () => {
  it('is a few seconds of sound at the rate the agent speaks', () => {
    const { sampleRateHz, samples } = readApology();
    expect(sampleRateHz).toBe(24_000);
    expect(samples.length / sampleRateHz).toBeGreaterThan(3);
    expect(samples.some((sample) => Math.abs(sample) > 5_000)).toBe(true);
  });
});

describe('a recording', () => {
  it.each([
    ['no WAV file', Buffer.from('hello, I am text'), /not a WAV file/],
    ['a WAV file without audio', Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), /has no audio/],
  ])('that is %s is refused with its path', async (_what, content, expected) => {
    const path = join(folder, 'bad.wav');
    await writeFile(path, content);
    expect(() => readRecording(path)).toThrow(expected);
    expect(() => readRecording(path)).toThrow(path);
  });
});
