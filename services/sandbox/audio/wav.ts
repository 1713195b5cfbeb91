import { readFile, writeFile } from 'node:fs/promises';

/** 16-bit PCM sound; every channel has the same number of samples. */
export interface Wav {
  sampleRateHz: number;
  /** One array per channel: mono has one, stereo left and right. */
  channels: Int16Array[];
}

const HEADER_BYTES = 44;
const PCM = 1;
/** WAVE_FORMAT_EXTENSIBLE; the real format stands in the first bytes of the sub-format. */
const EXTENSIBLE = 0xfffe;

/**
 * Write RIFF/WAVE with 16-bit PCM, mono or stereo. Shorter channels are filled up with silence.
 * @throws RangeError for more than two channels, none, or a rate that is not a positive integer
 */
export function encodeWav(wav: Wav): Buffer {
  const { channels, sampleRateHz } = wav;
  if (channels.length < 1 || channels.length > 2) {
    throw new RangeError(`channels: got ${channels.length}, must be 1 or 2`);
  }
  if (!Number.isInteger(sampleRateHz) || sampleRateHz <= 0) {
    throw new RangeError(`sampleRateHz: got ${sampleRateHz}, must be a positive integer`);
  }
  const frames = Math.max(...channels.map((channel) => channel.length));
  const frameBytes = 2 * channels.length;
  const data = Buffer.alloc(HEADER_BYTES + frames * frameBytes);
  data.write('RIFF', 0, 'latin1');
  data.writeUInt32LE(data.length - 8, 4);
  data.write('WAVEfmt ', 8, 'latin1');
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(PCM, 20);
  data.writeUInt16LE(channels.length, 22);
  data.writeUInt32LE(sampleRateHz, 24);
  data.writeUInt32LE(sampleRateHz * frameBytes, 28);
  data.writeUInt16LE(frameBytes, 32);
  data.writeUInt16LE(16, 34);
  data.write('data', 36, 'latin1');
  data.writeUInt32LE(frames * frameBytes, 40);
  channels.forEach((channel, c) => {
    channel.forEach((sample, i) =>
      data.writeInt16LE(sample, HEADER_BYTES + i * frameBytes + 2 * c),
    );
  });
  return data;
}

/**
 * Read RIFF/WAVE with 16-bit PCM, mono or stereo. Other chunks are skipped; a data chunk that says
 * it is longer than the file (as streaming writers leave it) is read to the file's end.
 * @throws Error naming what is wrong
 */
export function decodeWav(data: Uint8Array): Wav {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = (at: number, length: number) => bytes.toString('latin1', at, at + length);
  if (bytes.length < 12 || text(0, 4) !== 'RIFF' || text(8, 4) !== 'WAVE') {
    throw new Error('not a WAV file: it must begin with RIFF…WAVE');
  }
  let format: { count: number; sampleRateHz: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = text(at, 4);
    const start = at + 8;
    const length = Math.min(bytes.readUInt32LE(at + 4), bytes.length - start);
    if (id === 'fmt ') format = readFormat(bytes.subarray(start, start + length));
    if (id === 'data') {
      if (!format) throw new Error('WAV: the data chunk stands before the fmt chunk');
      return {
        sampleRateHz: format.sampleRateHz,
        channels: split(bytes, start, length, format.count),
      };
    }
    at = start + length + (length % 2);
  }
  throw new Error('WAV: there is no data chunk');
}

/** Write a WAV file; see {@link encodeWav}. */
export async function writeWav(path: string, wav: Wav): Promise<void> {
  await writeFile(path, encodeWav(wav));
}

/** Read a WAV file; see {@link decodeWav}. */
export async function readWav(path: string): Promise<Wav> {
  return decodeWav(await readFile(path));
}

function readFormat(chunk: Buffer): { count: number; sampleRateHz: number } {
  if (chunk.length < 16) throw new Error(`WAV: the fmt chunk has ${chunk.length} bytes, not 16`);
  const tag = chunk.readUInt16LE(0);
  const coding = tag === EXTENSIBLE && chunk.length >= 26 ? chunk.readUInt16LE(24) : tag;
  const count = chunk.readUInt16LE(2);
  const bits = chunk.readUInt16LE(14);
  if (coding !== PCM || bits !== 16) {
    throw new Error(
      `WAV: format ${coding} with ${bits} bits can't be read, only 16-bit PCM (format 1)`,
    );
  }
  if (count !== 1 && count !== 2)
    throw new Error(`WAV: ${count} channels can't be read, only 1 or 2`);
  return { count, sampleRateHz: chunk.readUInt32LE(4) };
}

function split(bytes: Buffer, start: number, length: number, count: number): Int16Array[] {
  const frames = Math.floor(length / (2 * count));
  return Array.from({ length: count }, (_, c) =>
    Int16Array.from({ length: frames }, (__, i) => bytes.readInt16LE(start + 2 * (i * count + c))),
  );
}
