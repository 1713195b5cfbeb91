import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@patchbay/common/logger';
import type {
  FromWorker,
  SeatAnswer,
  SeatAsk,
  SeatOrder,
  ToWorker,
  WorkerSettings,
} from './messages.ts';
import { RemoteSeat, SeatLostError, type SeatLine } from './remote-seat.ts';
import type { MediaSeat } from './seat.ts';
import type { RtpReport } from './tally.ts';

const MAIN = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
/** A busy machine takes long to load all of it. */
const START_LIMIT_MS = 30_000;
const CLOSE_LIMIT_MS = 5_000;
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
  readonly #workers: (Worker | undefined)[] = [];
  /** Those that wait for a worker. */
  readonly #waiting = new Set<() => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
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
    for (const timer of this.#timers) clearTimeout(timer);
    for (const wake of this.#waiting) wake();
    await Promise.all(this.#workers.map((worker) => worker?.close() ?? Promise.resolve()));
  }

  async #start(slot: number, failures: number): Promise<void> {
    const { settings, log, report } = this.#options;
    const startedMs = performance.now();
    const worker = new Worker(settings, report);
    this.#workers[slot] = worker;
    void worker.gone.then(({ code, signal }) => {
      this.#workers[slot] = undefined;
      if (this.#closed) return;
      this.#died += 1;
      const stable = performance.now() - startedMs > STABLE_MS;
      const again = stable ? 0 : failures + 1;
      const seats = worker.seats.filter(({ inUse }) => inUse);
      log.error({ worker: worker.pid, code, signal, calls: seats.length }, 'a media worker died');
      this.#later(RESTART_PAUSES_MS[Math.min(again, RESTART_PAUSES_MS.length - 1)] ?? 0, () => {
        this.#start(slot, again).catch(() => undefined);
      });
      for (const seat of seats) void this.#move(seat);
    });
    await worker.started;
    for (const wake of this.#waiting) wake();
    log.info({ worker: worker.pid }, 'a media worker is ready');
  }

  #later(afterMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, afterMs);
    this.#timers.add(timer);
  }

  #leastLoaded(): Worker | undefined {
    const ready = this.#workers.filter((worker) => worker?.ready) as Worker[];
    return ready.sort((a, b) => a.calls - b.calls)[0];
  }

  async #refuge(): Promise<Worker | undefined> {
    const untilMs = performance.now() + REFUGE_LIMIT_MS;
    for (;;) {
      const worker = this.#leastLoaded();
      const leftMs = untilMs - performance.now();
      if (worker || leftMs <= 0 || this.#closed) return worker;
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, leftMs);
        this.#waiting.add(wake);
      });
    }
  }

  async #move(seat: RemoteSeat): Promise<void> {
    const { log } = this.#options;
    const sinceMs = performance.now();
    for (let tries = 1; tries <= MOVE_TRIES; tries++) {
      const worker = await this.#refuge();
      if (!worker || !seat.inUse) break;
      try {
        await worker.adopt(seat);
        this.#moved += 1;
        const tookMs = Math.round(performance.now() - sinceMs);
        log.warn(
          { port: seat.port, worker: worker.pid, tookMs },
          'a call went on in another worker',
        );
        return;
      } catch (error) {
        log.warn({ err: error, port: seat.port }, 'a call could not go on in a worker');
      }
    }
    seat.lose('the process that carried the audio died');
  }
}

/** One process. */
class Worker implements SeatLine {
  readonly #child: ChildProcess;
  readonly #report: (report: RtpReport) => void;
  readonly #seats = new Map<number, RemoteSeat>();
  readonly #asks = new Map<number, PromiseWithResolvers<SeatAnswer>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly gone: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #binding = 0;
  #askCount = 0;
  #state: 'starting' | 'ready' | 'closing' | 'gone' = 'starting';

  constructor(settings: WorkerSettings, report: (report: RtpReport) => void) {
    this.#report = report;
    this.#child = fork(MAIN, [], {
      serialization: 'advanced',
      execArgv: ['--disable-warning=ExperimentalWarning'],
      // Read by @livekit/rtc-node when it is loaded: it would write debug lines to stdout.
      env: { NODE_ENV: 'production' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: FromWorker) => this.#take(message));
    // A line that breaks is a process that ends.
    this.#child.on('error', () => this.#child.kill('SIGKILL'));
    this.gone = once(this.#child, 'exit').then(([code, signal]) => {
      this.#state = 'gone';
      this.#ready.reject(new Error('a media worker ended before it was ready'));
      for (const ask of this.#asks.values()) ask.reject(new SeatLostError());
      this.#asks.clear();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
    this.#ready.promise.catch(() => undefined);
    this.#send({ kind: 'settings', settings });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** Resolves when it takes calls. @throws if it does not in time */
  get started(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), START_LIMIT_MS);
    return this.#ready.promise.finally(() => clearTimeout(timer));
  }

  get seats(): RemoteSeat[] {
    return [...this.#seats.values()];
  }

  get calls(): number {
    let calls = this.#binding;
    for (const { inUse } of this.#seats.values()) if (inUse) calls += 1;
    return calls;
  }

  async bind(number: number, port: number): Promise<RemoteSeat> {
    this.#binding += 1;
    try {
      const seat = await RemoteSeat.bind(number, port, this, () => this.#seats.delete(number));
      this.#seats.set(number, seat);
      return seat;
    } finally {
      this.#binding -= 1;
    }
  }

  /** Take a seat over from another. @throws if that is not possible */
  adopt(seat: RemoteSeat): Promise<void> {
    this.#seats.set(seat.number, seat);
    return seat.moveTo(this, () => this.#seats.delete(seat.number));
  }

  ask(seat: number, ask: SeatAsk): Promise<SeatAnswer> {
    if (this.#state === 'gone') return Promise.reject(new SeatLostError());
    const id = (this.#askCount += 1);
    const asked = Promise.withResolvers<SeatAnswer>();
    this.#asks.set(id, asked);
    this.#send({ kind: 'ask', id, seat, ask });
    return asked.promise;
  }

  tell(seat: number, order: SeatOrder): void {
    this.#send({ kind: 'tell', seat, order });
  }

  async close(): Promise<void> {
    if (this.#state === 'gone') return;
    this.#state = 'closing';
    this.#send({ kind: 'close' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_LIMIT_MS);
    await this.gone;
    clearTimeout(timer);
  }

  #send(message: ToWorker): void {
    // One that has just died says so by its exit.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        if (this.#state === 'starting') this.#state = 'ready';
        return this.#ready.resolve();
      case 'answer':
        return this.#settle(message.id)?.resolve(message.answer);
      case 'fault': {
        const { name, message: words } = message.fault;
        return this.#settle(message.id)?.reject(Object.assign(new Error(words), { name }));
      }
      case 'news':
        return this.#seats.get(message.seat)?.hear(message.news);
      case 'rpc': {
        const { id, method, payload } = message;
        const answered = this.#seats.get(message.seat)?.rpc(method, payload);
        void answered?.then((answer) => this.#send({ kind: 'rpc-answer', id, answer }));
        return;
      }
      case 'progress':
        for (const place of message.seats) this.#seats.get(place.seat)?.noted(place);
        return this.#report(message.report);
    }
  }

  #settle(id: number): PromiseWithResolvers<SeatAnswer> | undefined {
    const ask = this.#asks.get(id);
    this.#asks.delete(id);
    return ask;
  }
}
