import type { Logger } from '@patchbay/common/logger';
import { pause } from '@patchbay/common/retry';
import { Timers } from '../timers.ts';
import type { WorkerSettings } from './messages.ts';
import type { RemoteSeat } from './remote-seat.ts';
import type { MediaSeat } from './seat.ts';
import type { RtpReport } from './tally.ts';
import { UsageOfWorkers, type WorkersUsage } from './worker-usage.ts';
import { WorkerProcess } from './worker-process.ts';

/** One that dies as it starts is not started again at once. */
const RESTART_PAUSES_MS = [0, 200, 1_000, 5_000];
const STABLE_MS = 10_000;
/** How long calls of a dead worker wait for another. */
const REFUGE_LIMIT_MS = 5_000;
const MOVE_TRIES = 2;

export interface MediaWorkersOptions {
  count: number;
  settings: WorkerSettings;
  log: Logger;
  /** What a worker has counted. */
  report: (report: RtpReport) => void;
}

/** The media workers of this process: seats in those that have the fewest calls, and in others if one dies. */
export class MediaWorkers {
  readonly #options: MediaWorkersOptions;
  readonly #workers: (WorkerProcess | undefined)[] = [];
  readonly #usage = new UsageOfWorkers();
  readonly #restarts = new Timers();
  /** On their way to another worker. If that dies too, they try the next by themselves. */
  readonly #moving = new Set<RemoteSeat>();
  /** Fires when there may be a worker for those that wait for one; then there is a new one. */
  #news = new AbortController();
  #seatCount = 0;
  #moved = 0;
  #died = 0;
  #closed = false;

  private constructor(options: MediaWorkersOptions) {
    this.#options = options;
  }

  /** Start them all. @throws if one does not come up */
  static async start(options: MediaWorkersOptions): Promise<MediaWorkers> {
    const workers = new MediaWorkers(options);
    try {
      const started = Array.from({ length: options.count }, (_, slot) => workers.#start(slot, 0));
      await Promise.all(started);
    } catch (error) {
      await workers.close();
      throw error;
    }
    return workers;
  }

  /** Processes that take calls. */
  get alive(): number {
    return this.#workers.filter((worker) => worker?.ready).length;
  }

  /** Workers that died, and calls that went on in another. */
  get died(): number {
    return this.#died;
  }

  get moved(): number {
    return this.#moved;
  }

  /** What they use, as they told last. */
  get usage(): WorkersUsage {
    return this.#usage.total;
  }

  /** Their process ids and calls. */
  get loads(): { pid: number; calls: number }[] {
    return this.#workers.flatMap((worker) =>
      worker?.ready ? [{ pid: worker.pid, calls: worker.calls }] : [],
    );
  }

  /** Bind a port in the worker with the fewest calls. @throws if that is not possible */
  async bind(port: number): Promise<MediaSeat> {
    const worker = this.#leastLoaded();
    if (!worker) throw new Error('no media worker is there');
    return worker.bind((this.#seatCount += 1), port);
  }

  /** End them, which leaves every room and closes every socket. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#restarts.close();
    this.#wake();
    await Promise.all(this.#workers.map((worker) => worker?.close() ?? Promise.resolve()));
  }

  async #start(slot: number, failures: number): Promise<void> {
    const { settings, log, report } = this.#options;
    const startedMs = performance.now();
    const worker: WorkerProcess = new WorkerProcess(settings, report, (usage) =>
      this.#usage.told(worker.pid, usage),
    );
    this.#workers[slot] = worker;
    void worker.gone.then(({ code, signal }) => {
      this.#workers[slot] = undefined;
      this.#usage.ended(worker.pid);
      if (this.#closed) return;
      this.#died += 1;
      const stable = performance.now() - startedMs > STABLE_MS;
      const again = stable ? 0 : failures + 1;
      const seats = worker.seats.filter(({ inUse }) => inUse);
      const { pid, hung } = worker;
      log.error({ worker: pid, code, signal, hung, calls: seats.length }, 'a media worker died');
      const pauseMs = RESTART_PAUSES_MS[Math.min(again, RESTART_PAUSES_MS.length - 1)] ?? 0;
      this.#restarts.set(String(slot), pauseMs, () => {
        this.#start(slot, again).catch(() => undefined);
      });
      for (const seat of seats) if (!this.#moving.has(seat)) void this.#move(seat);
    });
    await worker.started;
    this.#wake();
    log.info({ worker: worker.pid }, 'a media worker is ready');
  }

  #wake(): void {
    this.#news.abort();
    this.#news = new AbortController();
  }

  #leastLoaded(): WorkerProcess | undefined {
    const ready = this.#workers.filter((worker) => worker?.ready) as WorkerProcess[];
    return ready.sort((a, b) => a.calls - b.calls)[0];
  }

  async #refuge(): Promise<WorkerProcess | undefined> {
    const untilMs = performance.now() + REFUGE_LIMIT_MS;
    for (;;) {
      const worker = this.#leastLoaded();
      const leftMs = untilMs - performance.now();
      if (worker || leftMs <= 0 || this.#closed) return worker;
      await pause(leftMs, this.#news.signal);
    }
  }

  async #move(seat: RemoteSeat): Promise<void> {
    this.#moving.add(seat);
    if (!(await this.#findPlace(seat))) seat.lose('the process that carried the audio died');
    this.#moving.delete(seat);
  }

  /** @returns false if it could go on nowhere, or its call is over */
  async #findPlace(seat: RemoteSeat): Promise<boolean> {
    const { log } = this.#options;
    const sinceMs = performance.now();
    for (let tries = 1; tries <= MOVE_TRIES; tries++) {
      const worker = await this.#refuge();
      if (!worker || !seat.inUse) return false;
      try {
        await worker.adopt(seat);
        this.#moved += 1;
        const tookMs = Math.round(performance.now() - sinceMs);
        log.warn(
          { port: seat.port, worker: worker.pid, tookMs },
          'a call went on in another worker',
        );
        return true;
      } catch (error) {
        log.warn({ err: error, port: seat.port }, 'a call could not go on in a worker');
      }
    }
    return false;
  }
}
