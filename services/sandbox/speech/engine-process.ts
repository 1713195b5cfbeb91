import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** A speech engine's program can't be run or refused its input. The message says what to install. */
export class SpeechEngineError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SpeechEngineError';
  }
}

export interface EngineRun {
  binary: string;
  /** The Debian package that brings the binary, for the message when it is missing. */
  debianPackage: string;
  args: readonly string[];
  /** Written to the program's stdin; nothing by default. */
  input?: Buffer;
  /** Kill the program after this long. Default 10 000. */
  timeoutMs?: number;
}

// Every engine is CPU-bound: more of them at once than cores makes each of them late.
const MAX_RUNNING = Math.max(2, availableParallelism());
let running = 0;
const waiting: (() => void)[] = [];

/** Run CPU-bound work when a core is free for it; at most one a core, the others queue in order. */
export async function withEngineSlot<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MAX_RUNNING) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    // The slot goes to the next in line without being free in between.
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/**
 * Run a speech engine to its end; at most one per core at a time, the others queue in order.
 *
 * @returns what it wrote to stdout
 * @throws {SpeechEngineError} binary missing, non-zero exit, timeout
 */
export function runEngine(run: EngineRun): Promise<Buffer> {
  return withEngineSlot(() => runNow(run));
}

function runNow(run: EngineRun): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timeoutMs = run.timeoutMs ?? 10_000;
  const child = spawn(run.binary, run.args, {
    stdio: [run.input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    timeout: timeoutMs,
  });
  const out: Buffer[] = [];
  let complaint = '';
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    if (complaint.length < 2_000) complaint += chunk.toString('utf8');
  });
  // A program that ends before it read all of its input is reported by its exit status.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(run.input);
  child.on('error', (error: NodeJS.ErrnoException) => {
    const message =
      error.code === 'ENOENT'
        ? `${run.binary} was not found: install the Debian package ${run.debianPackage}`
        : `${run.binary} could not be started: ${error.message}`;
    reject(new SpeechEngineError(message, { cause: error }));
  });
  child.on('close', (status, signal) => {
    if (status === 0) return resolve(Buffer.concat(out));
    const ending =
      signal === 'SIGKILL' ? `was ended after ${timeoutMs} ms` : `ended with ${status ?? signal}`;
    reject(new SpeechEngineError(`${run.binary} ${ending}: ${complaint.trim() || '(no message)'}`));
  });
  return promise;
}
