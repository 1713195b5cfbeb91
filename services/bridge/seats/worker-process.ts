import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type {
  FromWorker,
  SeatAnswer,
  SeatAsk,
  SeatOrder,
  ToWorker,
  WorkerSettings,
} from './messages.ts';
import { RemoteSeat, SeatLostError, type SeatLine } from './remote-seat.ts';
import type { RtpReport } from './tally.ts';
import type { WorkerUsage } from './worker-usage.ts';

const MAIN = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
/** A busy machine takes long to load all of it. */
const START_LIMIT_MS = 30_000;
const CLOSE_LIMIT_MS = 5_000;
/**
 * A worker speaks twice a second. One that was silent at so many looks hangs, and its calls with it.
 * Looks are counted, not time: where this process was held up itself, what waits to be read counts.
 */
const MOST_SILENT_LOOKS = 3;
const LOOK_EVERY_MS = 1_000;

/** One media worker: its process, the seats in it, and the questions it has not answered yet. */
export class WorkerProcess implements SeatLine {
  readonly #child: ChildProcess;
  readonly #report: (report: RtpReport) => void;
  readonly #usage: (usage: WorkerUsage) => void;
  readonly #seats = new Map<number, RemoteSeat>();
  readonly #asks = new Map<number, PromiseWithResolvers<SeatAnswer>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly gone: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #binding = 0;
  #askCount = 0;
  #state: 'starting' | 'ready' | 'closing' | 'gone' = 'starting';
  #watch: NodeJS.Timeout | undefined;
  #silentLooks = 0;

  constructor(
    settings: WorkerSettings,
    report: (report: RtpReport) => void,
    usage: (usage: WorkerUsage) => void,
  ) {
    this.#report = report;
    this.#usage = usage;
    this.#child = fork(MAIN, [], {
      serialization: 'advanced',
      execArgv: ['--disable-warning=ExperimentalWarning'],
      // What the environment says of certificates and proxies holds for rooms too.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: FromWorker) => this.#take(message));
    // A line that breaks is a process that ends.
    this.#child.on('error', () => this.#child.kill('SIGKILL'));
    this.gone = once(this.#child, 'exit').then(([code, signal]) => {
      this.#state = 'gone';
      clearInterval(this.#watch);
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

  /** True if it was ended because it did nothing any more. */
  get hung(): boolean {
    return this.#silentLooks > MOST_SILENT_LOOKS;
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
      const seat = await RemoteSeat.bind(number, port, this);
      this.#seats.set(number, seat);
      return seat;
    } finally {
      this.#binding -= 1;
    }
  }

  /** Take a seat over from another. @throws if that is not possible */
  adopt(seat: RemoteSeat): Promise<void> {
    this.#seats.set(seat.number, seat);
    return seat.moveTo(this);
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
    if (order.do === 'close') this.#seats.delete(seat);
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

  #look(): void {
    this.#silentLooks += 1;
    if (this.hung) this.#child.kill('SIGKILL');
  }

  #take(message: FromWorker): void {
    // What one has said that is being ended for its silence comes too late.
    if (!this.hung) this.#silentLooks = 0;
    switch (message.kind) {
      case 'ready':
        if (this.#state === 'starting') this.#state = 'ready';
        this.#watch = setInterval(() => this.#look(), LOOK_EVERY_MS);
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
      case 'usage':
        return this.#usage(message.usage);
    }
  }

  #settle(id: number): PromiseWithResolvers<SeatAnswer> | undefined {
    const ask = this.#asks.get(id);
    this.#asks.delete(id);
    return ask;
  }
}
