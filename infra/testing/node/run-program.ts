import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** PATH of programs that a node runs; Debian keeps some where only root looks. */
export const NODE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const TIMEOUT_MS = 120_000;
const OUTPUT_BYTES = 16_000_000;

/**
 * Run one of the machine's programs to its end.
 * @returns what it printed
 * @throws Error with its words
 */
export async function runProgram(command: string, ...args: readonly string[]): Promise<string> {
  try {
    const options = { env: { PATH: NODE_PATH }, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES };
    return (await execute(command, args, options)).stdout;
  } catch (error) {
    const words = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new Error(`${command} ${args.join(' ')}: ${words}`, { cause: error });
  }
}

/** For what may be gone already. */
export async function runIfPossible(command: string, ...args: readonly string[]): Promise<string> {
  return runProgram(command, ...args).catch(() => '');
}
