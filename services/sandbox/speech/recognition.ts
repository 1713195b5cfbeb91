import { spawn, type ChildProcess } from 'node:child_process';
import { SpeechEngineError } from './engine-process.ts';
import type { Grammar } from './grammar.ts';
import { Leveller } from './leveller.ts';
import { ACOUSTIC_MODEL, grammarFiles, type GrammarFiles } from './recogniser-files.ts';

/** What the recogniser expects to be fed. */
export const RECOGNISER_RATE_HZ = 16_000;
/** Every utterance ends in this much silence, however soon after its last sound it was cut. */
const SILENCE_AFTER_MS = 250;
const FINISH_LIMIT_MS = 10_000;
/**
 * How improbable a beginning may be that is still followed up. With its own measure (1e-48, 1e-48,
 * 7e-29) the recogniser made nothing of 2 in 108 whole answers from a telephone, at nearly any phase
 * of its frames; this one costs a third more time. A sound too many costs more than by its own measure
 * (1), with which it put a figure more into 17 of 140 amounts ("fifty two thousand" for "two thousand"),
 * 7 now; a word too many must not (-wip), or a mailbox's tone is taken for "goodbye".
 */
const THOROUGH = ['-beam', '1e-80', '-pbeam', '1e-80', '-wbeam', '1e-60', '-pip', '0.5'];
/** What a shell ends with when the program is not there. */
const NOT_FOUND = 127;

export interface HeardWord {
  word: string;
  /** From the first sample given to the recogniser. */
  startMs: number;
  endMs: number;
}

export interface Heard {
  /** Empty if nothing in the grammar fits. */
  text: string;
  words: HeardWord[];
}

/**
 * One utterance on its way through pocketsphinx: started when speech starts and fed as it arrives, so
 * that when speech ends there is nearly nothing left to do (docs/decisions/0003). Its first sample
 * must be shortly before the first sound: long silence makes the recogniser return nothing.
 */
export class Recognition {
  readonly #leveller: Leveller;
  readonly #isThorough: boolean;
  readonly #child: Promise<ChildProcess>;
  readonly #result = Promise.withResolvers<Heard>();
  #ended = false;

  /**
   * @param levelAfterMs how much to hear before the level is known; Infinity waits for the end, and
   * whoever has that much time gets a more thorough search too
   */
  constructor(grammar: Grammar, levelAfterMs: number) {
    this.#isThorough = levelAfterMs === Infinity;
    this.#leveller = new Leveller((levelAfterMs * RECOGNISER_RATE_HZ) / 1000);
    this.#child = grammarFiles(grammar).then((files) => this.#spawn(files));
    this.#child.catch((error: unknown) => this.#result.reject(error));
    // Whoever calls finish() gets the failure; without one nobody waits for it.
    this.#result.promise.catch(() => undefined);
  }

  /** @param samples16k mono, 16 kHz, the next of the utterance */
  push(samples16k: Int16Array): void {
    if (!this.#ended) this.#write(this.#leveller.push(samples16k));
  }

  /**
   * The utterance is complete.
   *
   * @throws {SpeechEngineError} pocketsphinx or its model is missing, failed, or took over 10 s
   */
  finish(): Promise<Heard> {
    if (!this.#ended) {
      this.#ended = true;
      const rest = this.#leveller.finish((SILENCE_AFTER_MS * RECOGNISER_RATE_HZ) / 1000);
      this.#write(rest, true);
      const late = `pocketsphinx gave no result within ${FINISH_LIMIT_MS} ms`;
      const timer = setTimeout(() => {
        this.#result.reject(new SpeechEngineError(late));
        this.cancel();
      }, FINISH_LIMIT_MS);
      this.#result.promise.catch(() => undefined).finally(() => clearTimeout(timer));
    }
    return this.#result.promise;
  }

  /** Nobody wants the result any more; a pending {@link finish} rejects. */
  cancel(): void {
    this.#ended = true;
    this.#result.reject(new SpeechEngineError('the recognition was cancelled'));
    this.#child.then(endGroup, () => undefined);
  }

  #write(bytes: Buffer, last = false): void {
    this.#child.then(
      ({ stdin }) => {
        if (bytes.length > 0) stdin?.write(bytes);
        if (last) stdin?.end();
      },
      () => undefined,
    );
  }

  #spawn(files: GrammarFiles): ChildProcess {
    const command = [
      ...['pocketsphinx_continuous', '-hmm', ACOUSTIC_MODEL, '-dict', files.dictionary],
      ...['-jsgf', files.jsgf, '-infile', '/dev/stdin', '-time', 'yes'],
      // Its own voice detection drops quiet beginnings; ends are found before it is called.
      ...['-remove_silence', 'no', '-logfn', '/dev/null'],
      ...(this.#isThorough ? THOROUGH : []),
    ];
    // It opens its input by name, which a socket (what Node gives a child) refuses and a pipe allows.
    const child = spawn('sh', ['-c', 'cat | exec "$@"', 'sh', ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString('utf8')));
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => this.#result.reject(error));
    child.on('close', (status) => {
      if (status === 0) return this.#result.resolve(parseOutput(output));
      const message =
        status === NOT_FOUND
          ? 'pocketsphinx_continuous was not found: install the Debian package pocketsphinx'
          : `pocketsphinx_continuous ended with ${status}: ${complaint.trim() || '(no message)'}`;
      this.#result.reject(new SpeechEngineError(message));
    });
    return child;
  }
}

/** End the shell and what it started. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: it ended by itself just now.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const LINE_OF_WORD = /^([\p{L}'][\p{L}\p{M}'-]*)(?:\(\d+\))? (\d+\.\d+) (\d+\.\d+) \S+$/u;

/** The sentence on the first line, then one line a word: `word start end confidence`, in seconds. */
function parseOutput(output: string): Heard {
  const words: HeardWord[] = [];
  for (const line of output.split('\n')) {
    const match = LINE_OF_WORD.exec(line);
    if (!match?.[1]) continue;
    words.push({
      word: match[1],
      startMs: Math.round(Number(match[2]) * 1000),
      endMs: Math.round(Number(match[3]) * 1000),
    });
  }
  return { text: words.map(({ word }) => word).join(' '), words };
}
