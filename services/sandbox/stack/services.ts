import { join } from 'node:path';
import { startChild, type Child } from './child.ts';

const SERVICES = join(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 60_000;

/** One of our processes, as the stack starts it. */
export interface ServiceSpec {
  name: string;
  /** Path of its main file under services/. */
  main: string;
  env: Readonly<Record<string, string>>;
}

export interface RunningService extends Child {
  readonly name: string;
  /** Fields of its "listening" line, for example `opsPort`. */
  readonly listening: Readonly<Record<string, unknown>>;
}

export interface ServiceRunner {
  /** Folder for the log files. */
  runDir: string;
  /** What the processes inherit: PATH, HOME and the like. */
  inherit: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
}

/**
 * Start one service with this very Node and wait for its "listening" line.
 * @throws Error with its last lines when it does not come up
 */
export async function startService(
  runner: ServiceRunner,
  spec: ServiceSpec,
): Promise<RunningService> {
  const child = await startChild({
    name: spec.name,
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', join(SERVICES, spec.main)],
    env: spec.env,
    inherit: runner.inherit,
    logFile: join(runner.runDir, `${spec.name}.log`),
    isReady: (line) => logLine(line)?.['msg'] === 'listening',
    readyTimeoutMs: START_TIMEOUT_MS,
    onLine: runner.onLine,
  });
  return {
    name: spec.name,
    listening: logLine(child.readyLine) ?? {},
    pid: child.pid,
    readyLine: child.readyLine,
    get running() {
      return child.running;
    },
    kill: (signal) => child.kill(signal),
    close: () => child.close(),
  };
}

/** A line of JSON as an object; undefined for anything else. */
export function logLine(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** A port from a "listening" line. */
export function portOf(service: RunningService, field: string): number {
  const port = service.listening[field];
  if (typeof port !== 'number') {
    throw new Error(
      `${service.name} did not say its ${field}: ${JSON.stringify(service.listening)}`,
    );
  }
  return port;
}

/** Ask a page of health until it says yes. @throws Error naming what is missing */
export async function untilReady(
  name: string,
  url: string,
  timeoutMs: number,
  isRunning: () => boolean,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let last: string;
    try {
      const response = await fetch(url);
      last = await response.text();
      if (response.ok) return;
    } catch (error) {
      last = String(error);
    }
    if (!isRunning()) throw new Error(`${name} ended before it was ready (${last})`);
    if (Date.now() > deadline) {
      throw new Error(`${name} was not ready after ${timeoutMs / 1000} s: ${last}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
