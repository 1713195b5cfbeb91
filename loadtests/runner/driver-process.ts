import { join } from 'node:path';
import { sandboxEnvironment } from '@patchbay/sandbox/config';
import { startChild } from '@patchbay/sandbox/stack/child';
import { logLine } from '@patchbay/sandbox/stack/services';
import { DriverClient } from './driver-client.ts';

const MAIN = join(import.meta.dirname, '../driver/main.ts');
const START_LIMIT_MS = 20_000;

/** Start the call driver as a process of its own, so that it has a core for itself if there is one. */
export async function startDriverProcess(options: {
  runDir: string;
  /** See driver/config.ts. */
  env: Readonly<Record<string, string>>;
}): Promise<{ client: DriverClient; pid: number; close(): Promise<void> }> {
  const { PATH = '', HOME = '' } = sandboxEnvironment();
  const child = await startChild({
    name: 'the call driver',
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', MAIN],
    env: options.env,
    inherit: { PATH, HOME, NODE_ENV: 'production' },
    logFile: join(options.runDir, 'call-driver.log'),
    isReady: (line) => logLine(line)?.['msg'] === 'listening',
    readyTimeoutMs: START_LIMIT_MS,
  });
  const port = logLine(child.readyLine)?.['port'];
  return {
    client: new DriverClient(`http://127.0.0.1:${String(port)}`),
    pid: child.pid,
    close: () => child.close(),
  };
}
