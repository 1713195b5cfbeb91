import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { Caller } from './caller.ts';
import type { DriverHealth } from './result.ts';

/** One frame: packets that leave later than this make the caller stutter, and shift what is measured. */
const PACING_LIMIT_MS = 20;
/** Of one core: beyond, times of arrival can't be trusted. */
const CPU_LIMIT_PCT = 90;

/** Node's histogram counts it as delay. */
const RESOLUTION_MS = 10;
const SAMPLE_EVERY_MS = 1_000;
const KEEP_SAMPLES = 900;
/** The processor time told by {@link Overload.health} is that of so many last samples. */
const RECENT = 5;

/** Watches the driver itself, to know when its figures are worth something. */
export class Overload {
  readonly #loop: IntervalHistogram;
  readonly #timer: NodeJS.Timeout;
  readonly #samples: { atMs: number; cpuPct: number }[] = [];
  #usage = process.cpuUsage();
  #sampledAtMs = performance.now();

  constructor() {
    this.#loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#loop.enable();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS);
    this.#timer.unref();
  }

  /** Why the figures of a call can't be trusted; undefined if they can. @param sinceMs Unix ms */
  doubt(sinceMs: number, pacingP99Ms: number): string | undefined {
    const during = this.#samples.filter(({ atMs }) => atMs >= sinceMs);
    return doubtOf(pacingP99Ms, mean(during.map(({ cpuPct }) => cpuPct)));
  }

  health(callers: Iterable<Pick<Caller, 'pacingMs'>>): Omit<DriverHealth, 'active' | 'done'> {
    const pacing = [...callers].map((caller) => caller.pacingMs());
    const worst = (pick: 'p50' | 'p99' | 'max') =>
      Math.max(0, ...pacing.map((figures) => figures[pick]));
    const pacingMs = { p50: worst('p50'), p99: worst('p99'), max: worst('max') };
    const cpuPct = mean(this.#samples.slice(-RECENT).map((sample) => sample.cpuPct));
    const doubt = doubtOf(pacingMs.p99, cpuPct);
    return {
      pacingMs,
      loopMs: { p99: lateMs(this.#loop.percentile(99)), max: lateMs(this.#loop.max) },
      cpuPct: Math.round(cpuPct),
      vouched: doubt === undefined,
      ...(doubt === undefined ? {} : { doubt }),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#loop.disable();
  }

  #sample(): void {
    const used = process.cpuUsage(this.#usage);
    this.#usage = process.cpuUsage();
    const now = performance.now();
    const cpuPct = ((used.user + used.system) / 1_000 / (now - this.#sampledAtMs)) * 100;
    this.#sampledAtMs = now;
    this.#samples.push({ atMs: Date.now(), cpuPct });
    if (this.#samples.length > KEEP_SAMPLES) this.#samples.shift();
  }
}

/** @returns in words why a driver that fares so can't vouch for its figures */
export function doubtOf(pacingP99Ms: number, cpuPct: number): string | undefined {
  if (pacingP99Ms > PACING_LIMIT_MS) {
    return `the driver's own packets left up to ${Math.round(pacingP99Ms)} ms late (p99; at most ${PACING_LIMIT_MS} ms)`;
  }
  if (cpuPct > CPU_LIMIT_PCT) {
    return `the driver used ${Math.round(cpuPct)} % of a core (at most ${CPU_LIMIT_PCT} %)`;
  }
  return undefined;
}

function lateMs(ns: number): number {
  return Math.round(Math.max(0, ns / 1e6 - RESOLUTION_MS) * 10) / 10;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
