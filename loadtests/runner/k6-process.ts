import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sandboxEnvironment } from '@patchbay/sandbox/config';
import { findBinary } from '@patchbay/sandbox/stack/binaries';
import { parseSummary, type K6Summary } from './k6-summary.ts';

/** What k6 ends with when a threshold was broken; 0 when none was. */
const THRESHOLDS_BROKEN = 99;
const LINES_KEPT = 15;

export interface K6Run {
  /** Ended as it should, whatever the thresholds say. */
  finished: boolean;
  /** Its last words, if it did not finish. */
  words: string[];
  /** Undefined if it wrote none. */
  summary: K6Summary | undefined;
}

export interface K6Process {
  readonly done: Promise<K6Run>;
  /** End the run early; calls that are up are finished, and the summary is written. */
  stop(): void;
}

/** Run a script with k6. What it prints goes to k6.log in the run's folder. */
export async function startK6(options: {
  /** Path of the script. */
  script: string;
  runDir: string;
  env: Readonly<Record<string, string>>;
}): Promise<K6Process> {
  const binary = await findBinary('k6');
  const summaryFile = join(options.runDir, 'k6-summary.json');
  const env = { ...options.env, SUMMARY_FILE: summaryFile };
  const { PATH = '', HOME = '' } = sandboxEnvironment();
  await rm(summaryFile, { force: true });
  const child = spawn(
    binary,
    // Nothing leaves the machine: no usage report; its own API would take a fixed port.
    ['run', '--quiet', '--no-color', '--no-usage-report', '--address', '', options.script],
    // k6 hands its environment to the script; keys on its command line could be seen by others.
    // Detached, so that Ctrl-C reaches it by us and once: at a second signal k6 drops its summary.
    { env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const log = createWriteStream(join(options.runDir, 'k6.log'));
  const recent: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`);
      recent.push(line);
      if (recent.length > LINES_KEPT) recent.shift();
    });
  }
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  const done = exited.then(async (code) => {
    log.end();
    const text = await readFile(summaryFile, 'utf8').catch(() => undefined);
    return {
      finished: code === 0 || code === THRESHOLDS_BROKEN,
      words: recent.map(plainWords),
      summary: text === undefined ? undefined : parseSummary(text),
    };
  });
  return { done, stop: () => void child.kill('SIGINT') };
}

/** `time="…" level=error msg="…"` → the message. */
function plainWords(line: string): string {
  const message = /msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  return message?.replaceAll('\\n', '\n').replaceAll('\\"', '"') ?? line;
}
