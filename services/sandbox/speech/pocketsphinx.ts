import { mkdtempSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runEngine } from './engine-process.ts';
import type { Grammar } from './grammar.ts';
import { pronunciationsOf } from './pronunciations.ts';
import { rms, trimSilence } from './silence.ts';

/** What the recogniser expects to be fed. */
export const RECOGNISER_RATE_HZ = 16_000;
const MODEL_DIRECTORY = '/usr/share/pocketsphinx/model/en-us';
const KEEP_BEFORE_MS = 50;

// Measured over 186 sentences (31 sentences, 3 voices, 16 kHz and A-law at 8 kHz): with the speech
// brought to this level and this much white noise added, 184 are heard right, and without it 12.
// A telephone leaves nothing above 4 kHz, where the model expects at least a noise floor.
const SPEECH_RMS = 1_000;
const DITHER_PEAK = 120;

export interface HeardWord {
  word: string;
  /** From the start of the samples given to the recogniser. */
  startMs: number;
  endMs: number;
}

export interface Heard {
  /** Empty if nothing in the grammar fits. */
  text: string;
  words: HeardWord[];
}

export interface RecognizeOptions {
  /** Aborting ends the recogniser's process. */
  signal?: AbortSignal;
}

/**
 * Recognise one utterance with pocketsphinx. A closed grammar: anything said is taken for one of its
 * sentences or for nothing.
 *
 * @param samples16k mono, 16 kHz
 * @throws {SpeechEngineError} pocketsphinx or its model is missing, or it failed
 */
export async function recognize(
  samples16k: Int16Array,
  grammar: Grammar,
  options: RecognizeOptions = {},
): Promise<string> {
  return (await recognizeWords(samples16k, grammar, options)).text;
}

/** As {@link recognize}, with the time of each word. */
export async function recognizeWords(
  samples16k: Int16Array,
  grammar: Grammar,
  options: RecognizeOptions = {},
): Promise<Heard> {
  // Long silence in front of the speech makes the recogniser return nothing.
  const speech = trimSilence(samples16k, {
    sampleRateHz: RECOGNISER_RATE_HZ,
    keepBeforeMs: KEEP_BEFORE_MS,
    keepAfterMs: 300,
  });
  if (speech.length === 0) return { text: '', words: [] };
  const offsetMs = ((speech.byteOffset - samples16k.byteOffset) / 2 / RECOGNISER_RATE_HZ) * 1000;
  const files = await grammarFiles(grammar);
  const audio = join(workDirectory(), `${nextFile++}.raw`);
  try {
    await writeFile(audio, prepare(speech));
    const output = await runEngine({
      binary: 'pocketsphinx_continuous',
      debianPackage: 'pocketsphinx',
      args: [
        ...['-hmm', join(MODEL_DIRECTORY, 'en-us'), '-dict', files.dictionary],
        ...['-jsgf', files.jsgf, '-infile', audio, '-time', 'yes'],
        // Its own voice detection drops quiet beginnings; ends are found before it is called.
        ...['-remove_silence', 'no', '-logfn', '/dev/null'],
      ],
      ...(options.signal && { signal: options.signal }),
    });
    return parseOutput(output.toString('utf8'), offsetMs);
  } finally {
    await rm(audio, { force: true });
  }
}

/** Bring speech to one level and lay a steady noise floor under it. The noise is always the same. */
function prepare(speech: Int16Array): Buffer {
  const gain = SPEECH_RMS / Math.max(rms(speech), 1);
  const prepared = Buffer.allocUnsafe(speech.length * 2);
  let seed = 1;
  for (let i = 0; i < speech.length; i++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    const value = (speech[i] as number) * gain + (seed / 2 ** 31) * DITHER_PEAK;
    prepared.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(value))), i * 2);
  }
  return prepared;
}

/** The sentence on the first line, then one line a word: `word start end confidence`, in seconds. */
function parseOutput(output: string, offsetMs: number): Heard {
  const words: HeardWord[] = [];
  for (const line of output.split('\n')) {
    const match = /^([a-z'][a-z'-]*)(?:\(\d+\))? (\d+\.\d+) (\d+\.\d+) \S+$/.exec(line);
    if (!match?.[1]) continue;
    words.push({
      word: match[1],
      startMs: Math.round(Number(match[2]) * 1000 + offsetMs),
      endMs: Math.round(Number(match[3]) * 1000 + offsetMs),
    });
  }
  return { text: words.map(({ word }) => word).join(' '), words };
}

let directory: string | undefined;
let nextFile = 0;
const written = new Map<string, Promise<{ jsgf: string; dictionary: string }>>();

/** One directory a process, made at first use and gone with the process. */
function workDirectory(): string {
  if (directory === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'patchbay-speech-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  return directory;
}

function grammarFiles(grammar: Grammar): Promise<{ jsgf: string; dictionary: string }> {
  const known = written.get(grammar.jsgf);
  if (known) return known;
  const making = writeGrammar(grammar, join(workDirectory(), `grammar-${written.size}`));
  written.set(grammar.jsgf, making);
  // A failure (model not installed yet) is not remembered.
  making.catch(() => written.delete(grammar.jsgf));
  return making;
}

async function writeGrammar(grammar: Grammar, base: string) {
  const files = { jsgf: `${base}.jsgf`, dictionary: `${base}.dict` };
  const dictionary = await pronunciationsOf(
    grammar.words,
    join(MODEL_DIRECTORY, 'cmudict-en-us.dict'),
  );
  await Promise.all([writeFile(files.jsgf, grammar.jsgf), writeFile(files.dictionary, dictionary)]);
  return files;
}
