import { readFileSync } from 'node:fs';

/** 16-bit mono speech. */
export interface Recording {
  sampleRateHz: number;
  samples: Int16Array;
}

const FRAME_MS = 20;
const PCM = 1;

/**
 * Read a recording: RIFF WAVE, 16-bit PCM, mono.
 *
 * @throws if the file can't be read or has another form
 */
export function readRecording(path: string): Recording {
  const file = readFileSync(path);
  const tag = (at: number) => file.toString('latin1', at, at + 4);
  if (file.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') {
    throw new Error(`${path}: is not a WAV file`);
  }
  let sampleRateHz: number | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const length = file.readUInt32LE(at + 4);
    const body = at + 8;
    if (tag(at) === 'fmt ') {
      const form = [
        file.readUInt16LE(body),
        file.readUInt16LE(body + 2),
        file.readUInt16LE(body + 14),
      ];
      if (form.join() !== [PCM, 1, 16].join()) throw new Error(`${path}: must be 16-bit mono PCM`);
      sampleRateHz = file.readUInt32LE(body + 4);
    }
    if (tag(at) === 'data' && sampleRateHz !== undefined) {
      const bytes = file.subarray(body, Math.min(body + length, file.length));
      const samples = new Int16Array(Math.floor(bytes.length / 2));
      for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(2 * i);
      return { sampleRateHz, samples };
    }
    // Chunks are padded to even length.
    at = body + length + (length % 2);
  }
  throw new Error(`${path}: has no audio`);
}

/** A recording in frames of 20 ms; the last one is filled up with silence. */
export function* framesOf({ sampleRateHz, samples }: Recording): Generator<Int16Array, void> {
  const frameSamples = (sampleRateHz * FRAME_MS) / 1_000;
  for (let at = 0; at < samples.length; at += frameSamples) {
    const frame = new Int16Array(frameSamples);
    frame.set(samples.subarray(at, at + frameSamples));
    yield frame;
  }
}
