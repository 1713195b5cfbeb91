import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/**
 * Run promtool (Debian's package prometheus) to its end.
 * @returns its exit status and everything it printed
 * @throws Error that says how to get it, if it is not there
 */
export async function promtool(args: readonly string[]): Promise<{ status: number; said: string }> {
  const child = spawn('promtool', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', () => {
      reject(new Error('promtool is not on PATH. Run: make setup (Debian’s package prometheus)'));
    });
  });
  const closed = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? -1));
  });
  await started;
  const [status, stdout, stderr] = await Promise.all([
    closed,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { status, said: `${stdout}${stderr}` };
}
