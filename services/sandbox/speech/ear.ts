import { Worker } from 'node:worker_threads';
import { SpeechEngineError } from './engine-process.ts';

/** To the thread. */
export interface EarQuestion {
  id: number;
  /** 8 kHz, mono. */
  samples: Int16Array;
}

/** From the thread. */
export interface EarAnswer {
  id: number;
  heard?: string;
  /** Why the recogniser failed. */
  fault?: string;
}

interface Waiting {
  resolve: (heard: string) => void;
  reject: (error: Error) => void;
}

/** One for the process, from its first use on. It keeps no process alive that waits for nothing. */
let thread: Worker | undefined;
const waiting = new Map<number, Waiting>();
let asked = 0;

/**
 * Words that came out of the phone, by an independent recogniser: closed grammar of the replies. Runs in
 * a thread of its own: to start a program takes up to 25 ms, for which the packets of all calls of a
 * process would have to wait.
 *
 * @param samples 8 kHz, mono
 * @returns lower case without punctuation; empty if nothing in the grammar fits
 * @throws {SpeechEngineError} as `recognize`
 */
export function understand(samples: Int16Array): Promise<string> {
  const id = (asked += 1);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  waiting.set(id, { resolve, reject });
  thread ??= startThread();
  thread.ref();
  const copy = Int16Array.from(samples);
  const question: EarQuestion = { id, samples: copy };
  thread.postMessage(question, [copy.buffer]);
  return promise;
}

function startThread(): Worker {
  const worker = new Worker(new URL('ear-thread.ts', import.meta.url));
  worker.on('message', ({ id, heard, fault }: EarAnswer) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    if (heard === undefined) one?.reject(new SpeechEngineError(fault ?? 'the recogniser failed'));
    else one?.resolve(heard);
  });
  worker.on('error', (error) => {
    thread = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  return worker;
}
