import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '@patchbay/sandbox/stack/child';
import { freePorts } from '@patchbay/sandbox/stack/free-ports';
import { sandboxEnvironment } from '@patchbay/sandbox/config';
import { until } from './test-caller.ts';

/** The agent worker as the stack runs it: a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  readonly opsUrl: string;
  /** Every JSON line it and its jobs have logged. */
  readonly lines: Record<string, unknown>[];
  ready(): Promise<void>;
  /** `/readyz` now. */
  status(): Promise<number>;
  metric(name: string): Promise<number>;
  /** Pids of the processes it has forked, by what they run. */
  children(): Promise<number[]>;
  signal(name: NodeJS.Signals): void;
  exited(): Promise<true>;
  close(): Promise<void>;
}

/** Start `main.ts` with the given environment. */
export async function startWorkerProcess(env: Record<string, string>): Promise<WorkerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-agent-test-'));
  const [workerPort = 0] = await freePorts(1);
  const lines: Record<string, unknown>[] = [];
  const { PATH = '', HOME = '' } = sandboxEnvironment();
  const child = await startChild({
    name: 'agent',
    command: process.execPath,
    args: [join(import.meta.dirname, '..', 'main.ts')],
    env: { AGENT_WORKER_PORT: String(workerPort), ...env },
    inherit: { PATH, HOME },
    logFile: join(folder, 'agent.log'),
    isReady: (line) => line.includes('"msg":"listening"'),
    readyTimeoutMs: 60_000,
    onLine: (line) => {
      if (line.startsWith('{')) lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  const { opsPort } = JSON.parse(child.readyLine) as { opsPort: number };
  const opsUrl = `http://127.0.0.1:${opsPort}`;
  const status = async () => (await fetch(`${opsUrl}/readyz`)).status;
  return {
    pid: child.pid,
    opsUrl,
    lines,
    status,
    ready: async () => {
      await until(
        'the worker to be ready',
        async () => ((await status()) === 200 ? true : undefined),
        60_000,
      );
    },
    metric: async (name) => {
      const text = await (await fetch(`${opsUrl}/metrics`)).text();
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
      return Number(line?.slice(name.length + 1));
    },
    children: () => childrenOf(child.pid),
    signal: (name) => child.kill(name),
    exited: () => until('the worker to end', () => (child.running ? undefined : true), 30_000),
    close: async () => {
      await child.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // After the name in parentheses: state, parent.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[1]) === parent && fields[0] !== 'Z') found.push(Number(pid));
  }
  return found;
}
