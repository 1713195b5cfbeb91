import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { storedSpanSchema, type StoredSpan } from './stored-span.ts';

/** Name of the file in a run's folder. */
export const SPAN_FILE = 'traces.jsonl';
/** The file before the present one. */
const OLD = '.old';
const MOST_BYTES = 20_000_000;

/** Keeps spans in a file of at most 20 MB, and the one before it. */
export class SpanFile {
  readonly #path: string;

  constructor(runDir: string) {
    this.#path = join(runDir, SPAN_FILE);
  }

  add(spans: readonly StoredSpan[]): void {
    if (spans.length === 0) return;
    if (existsSync(this.#path) && statSync(this.#path).size > MOST_BYTES) {
      renameSync(this.#path, this.#path + OLD);
    }
    appendFileSync(this.#path, spans.map((span) => `${JSON.stringify(span)}\n`).join(''));
  }

  /** All spans that are kept, in the order in which they came. A line that is being written is left out. */
  read(): StoredSpan[] {
    return [this.#path + OLD, this.#path]
      .filter(existsSync)
      .flatMap((path) => readFileSync(path, 'utf8').split('\n').flatMap(spanIn));
  }
}

function spanIn(line: string): StoredSpan[] {
  try {
    return [storedSpanSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}
