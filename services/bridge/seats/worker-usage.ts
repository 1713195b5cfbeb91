import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

/** What a media worker uses. */
export interface WorkerUsage {
  rssBytes: number;
  /** Since the process began. */
  cpuSeconds: number;
  /** What garbage collection took, since then. */
  gcSeconds: number;
  /** How late the event loop was, p99 since the last report. */
  lagSeconds: number;
}

/** What all media workers use together, those that have ended included where it is a sum over time. */
export interface WorkersUsage {
  rssBytes: { sum: number; max: number };
  cpuSeconds: number;
  gcSeconds: number;
  /** Of the one that was latest. */
  lagSeconds: number;
}

/** The timers that the lag is measured with; what they take is no lag. */
const RESOLUTION_MS = 10;

/** In a media worker: measure what the process uses. @returns what it was since the last time */
export function measureUsage(): () => WorkerUsage {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  lag.enable();
  let gcSeconds = 0;
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcSeconds += duration / 1_000;
  });
  collections.observe({ entryTypes: ['gc'] });
  return () => {
    const { user, system } = process.cpuUsage();
    const lagSeconds = Math.max(0, lag.percentile(99) / 1e9 - RESOLUTION_MS / 1_000);
    lag.reset();
    return {
      rssBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      gcSeconds,
      lagSeconds,
    };
  };
}

/** In the signalling process: add up what the workers report. */
export class UsageOfWorkers {
  readonly #live = new Map<number, WorkerUsage>();
  #endedCpuSeconds = 0;
  #endedGcSeconds = 0;

  told(pid: number, usage: WorkerUsage): void {
    this.#live.set(pid, usage);
  }

  ended(pid: number): void {
    const last = this.#live.get(pid);
    this.#live.delete(pid);
    this.#endedCpuSeconds += last?.cpuSeconds ?? 0;
    this.#endedGcSeconds += last?.gcSeconds ?? 0;
  }

  get total(): WorkersUsage {
    const live = [...this.#live.values()];
    const sum = (of: (usage: WorkerUsage) => number) =>
      live.reduce((all, usage) => all + of(usage), 0);
    return {
      rssBytes: {
        sum: sum(({ rssBytes }) => rssBytes),
        max: Math.max(0, ...live.map(({ rssBytes }) => rssBytes)),
      },
      cpuSeconds: this.#endedCpuSeconds + sum(({ cpuSeconds }) => cpuSeconds),
      gcSeconds: this.#endedGcSeconds + sum(({ gcSeconds }) => gcSeconds),
      lagSeconds: Math.max(0, ...live.map(({ lagSeconds }) => lagSeconds)),
    };
  }
}
