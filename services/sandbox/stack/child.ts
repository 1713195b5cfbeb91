import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface ChildOptions {
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the process: nothing is inherited but PATH and HOME. */
  env: Readonly<Record<string, string>>;
  /** Everything the process prints goes to this file. */
  logFile: string;
  /** True for the line that says that the process can be used. */
  isReady: (line: string) => boolean;
  readyTimeoutMs: number;
  /** How long the process may take to end after SIGTERM before it is killed. Default 10 000. */
  stopTimeoutMs?: number;
  onLine?: (line: string) => void;
  /** Variables of ours that the process gets too. */
  inherit?: Readonly<Record<string, string>>;
}

export interface Child {
  readonly pid: number;
  /** The line that {@link ChildOptions.isReady} accepted. */
  readonly readyLine: string;
  readonly running: boolean;
  kill(signal: NodeJS.Signals): void;
  close(): Promise<void>;
}

const LINES_IN_ERROR = 12;

/**
 * Start a process and wait until it says that it is ready.
 * @throws Error with the process's last lines when it ends or stays silent instead
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = createWriteStream(options.logFile, { flags: 'a' });
  const child = spawn(options.command, options.args, {
    env: { ...options.inherit, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = watchExit(child, () => log.end());
  const recent: string[] = [];
  let running = true;
  try {
    const readyLine = await new Promise<string>((resolve, reject) => {
      const fail = (reason: string) => {
        const tail = recent.map((line) => `    ${line}`).join('\n');
        reject(
          new Error(
            `${options.name} ${reason}. Its last lines:\n${tail}\n  All: ${options.logFile}`,
          ),
        );
      };
      const timer = setTimeout(() => {
        fail(`was not ready after ${options.readyTimeoutMs / 1000} s`);
      }, options.readyTimeoutMs);
      const onLine = (line: string) => {
        log.write(`${line}\n`);
        recent.push(line.slice(0, 400));
        if (recent.length > LINES_IN_ERROR) recent.shift();
        options.onLine?.(line);
        if (options.isReady(line)) {
          clearTimeout(timer);
          resolve(line);
        }
      };
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', onLine);
      }
      void exited.then((status) => {
        running = false;
        clearTimeout(timer);
        fail(`ended at start (${status})`);
      });
    });
    return {
      pid: child.pid ?? -1,
      readyLine,
      get running() {
        return running;
      },
      kill: (signal) => void child.kill(signal),
      close: () => stopChild(child, exited, options.stopTimeoutMs ?? 10_000),
    };
  } catch (error) {
    await stopChild(child, exited, 1_000);
    throw error;
  }
}

function watchExit(child: ChildProcess, done: () => void): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      done();
      resolve(signal ? `signal ${signal}` : `status ${code}`);
    });
  });
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<string>,
  timeoutMs: number,
): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await exited;
  clearTimeout(timer);
}
