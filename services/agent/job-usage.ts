import type { ChildProcess } from 'node:child_process';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { z } from 'zod';
import { onChildProcess } from './child-processes.ts';

const usageSchema = z.object({
  rssBytes: z.number().nonnegative(),
  /** Since the process began. */
  cpuSeconds: z.number().nonnegative(),
  /** What garbage collection took, since the process began to report. */
  gcSeconds: z.number().nonnegative(),
  /** How late the event loop was since the last report, p99; absent in the first. */
  lagSeconds: z.number().nonnegative().optional(),
  /** From the fork to being ready for a call; only in the first report. */
  startSeconds: z.number().nonnegative().optional(),
});

/** What a job process uses, as it tells its worker. */
export type JobUsage = z.output<typeof usageSchema>;

const envelopeSchema = z.object({ patchbayUsage: usageSchema });

const REPORT_MS = 5_000;
/** The timers that the lag is measured with; what they take is no lag. */
const RESOLUTION_MS = 20;

/**
 * In a job process that is nearly ready for its call: tell the worker now and then what the process
 * uses. A port for each job would be one to find, to scrape and to forget.
 *
 * Nothing is said before the worker has sent something: the framework throws a process away whose
 * first message is not its own, and pings those it has taken.
 *
 * @param everyMs time between two reports. Default 5 000
 */
export function reportUsage(everyMs = REPORT_MS): { close(): void } {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const startSeconds = process.uptime();
  let timer: NodeJS.Timeout | undefined;
  let gcSeconds = 0;
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcSeconds += duration / 1_000;
  });
  collections.observe({ entryTypes: ['gc'] });
  const tell = (more: Partial<JobUsage>) => {
    const { user, system } = process.cpuUsage();
    const usage: JobUsage = {
      rssBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      gcSeconds,
      ...more,
    };
    if (process.connected) process.send?.({ patchbayUsage: usage }, undefined, {}, () => undefined);
  };
  const begin = () => {
    tell({ startSeconds });
    lag.enable();
    timer = setInterval(() => {
      tell({ lagSeconds: Math.max(0, lag.percentile(99) / 1e9 - RESOLUTION_MS / 1_000) });
      lag.reset();
    }, everyMs);
    // A job that has nothing else to do ends.
    timer.unref();
  };
  process.once('message', begin);
  return {
    close: () => {
      process.removeListener('message', begin);
      clearInterval(timer);
      collections.disconnect();
      lag.disable();
    },
  };
}

/** In the worker: add up what the job processes report, and forget a process when it ends. */
export function collectUsage(registry: Registry): { close(): void } {
  const processes = new Map<ChildProcess, JobUsage>();
  const metrics = usageMetrics(registry, processes);
  return onChildProcess((child) => {
    child.on('message', (raw: unknown) => {
      const envelope = envelopeSchema.safeParse(raw);
      if (!envelope.success) return;
      const usage = envelope.data.patchbayUsage;
      metrics.add(usage, processes.get(child));
      processes.set(child, usage);
    });
    child.once('exit', () => processes.delete(child));
  });
}

function usageMetrics(registry: Registry, processes: ReadonlyMap<unknown, JobUsage>) {
  const registers = [registry];
  new Gauge({
    name: 'patchbay_agent_job_processes',
    help: 'Job processes that are ready for a call or in one',
    registers,
    collect() {
      this.set(processes.size);
    },
  });
  new Gauge({
    name: 'patchbay_agent_job_resident_memory_bytes',
    help: 'Memory of the job processes: of all together, and of the largest',
    labelNames: ['stat'],
    registers,
    collect() {
      const sizes = [...processes.values()].map(({ rssBytes }) => rssBytes);
      this.set(
        { stat: 'sum' },
        sizes.reduce((sum, size) => sum + size, 0),
      );
      this.set({ stat: 'max' }, Math.max(0, ...sizes));
    },
  });
  const cpu = new Counter({
    name: 'patchbay_agent_job_cpu_seconds_total',
    help: 'Processor time of all job processes there have been',
    registers,
  });
  const gc = new Counter({
    name: 'patchbay_agent_job_gc_seconds_total',
    help: 'Garbage collection of all job processes there have been',
    registers,
  });
  const lag = new Histogram({
    name: 'patchbay_agent_job_eventloop_lag_seconds',
    help: 'How late event loops of job processes were, p99 of every 5 s',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers,
  });
  const start = new Histogram({
    name: 'patchbay_agent_job_start_seconds',
    help: 'From the fork of a job process to its being ready for a call',
    buckets: [0.5, 1, 2, 3, 5, 7.5, 10, 20, 60],
    registers,
  });
  return {
    add(usage: JobUsage, before: JobUsage | undefined): void {
      cpu.inc(Math.max(0, usage.cpuSeconds - (before?.cpuSeconds ?? 0)));
      gc.inc(Math.max(0, usage.gcSeconds - (before?.gcSeconds ?? 0)));
      if (usage.lagSeconds !== undefined) lag.observe(usage.lagSeconds);
      if (usage.startSeconds !== undefined) start.observe(usage.startSeconds);
    },
  };
}
