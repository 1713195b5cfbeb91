import { spawn } from 'node:child_process';
import { toolPath } from './binaries.ts';

export interface ToolResult {
  /** Exit status; -1 if a signal ended the program. */
  status: number;
  stdout: string;
  stderr: string;
}

export interface ToolOptions {
  stdin?: string;
  /** The whole environment of the program; empty by default. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Killed after this long. Default 60 000. */
  timeoutMs?: number;
}

/**
 * Run one of the programs of `make kubernetes-tools` to its end.
 * @throws Error if it can't be started; a bad exit status is for the caller to judge
 */
export async function runTool(
  name: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  const child = spawn(await toolPath(name), args, {
    env: { ...options.env },
    cwd: options.cwd,
    timeout: options.timeoutMs ?? 60_000,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that fails early closes its input; its exit status and words tell why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  return {
    status,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}
