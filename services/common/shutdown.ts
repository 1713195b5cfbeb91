import type { Logger } from './logger.ts';

interface CloseStep {
  name: string;
  close: () => Promise<void> | void;
}

/** Closes what was started, in reverse order, once, whoever asks first. */
export class Closers {
  readonly #steps: CloseStep[] = [];
  readonly #log: Logger;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Register a thing right after it was started. After {@link close} it is closed at once. */
  add(name: string, close: () => Promise<void> | void): void {
    if (this.#closed) void this.#closeStep({ name, close });
    else this.#steps.push({ name, close });
  }

  /** Close everything. A step that fails is logged and the next ones still run. */
  close(): Promise<void> {
    this.#closing ??= this.#run();
    return this.#closing;
  }

  async #run(): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) await this.#closeStep(step);
    this.#closed = true;
  }

  async #closeStep(step: CloseStep): Promise<void> {
    try {
      await step.close();
    } catch (error) {
      this.#log.error({ err: error, step: step.name }, 'closing failed');
    }
  }
}

/**
 * Run a process to its end: SIGTERM and SIGINT close it once, an error nobody owned is logged and
 * ends it with status 1. A second signal ends it at once.
 */
export function runUntilSignal(closers: Closers, log: Logger): void {
  let stopping = false;
  const stop = (reason: string, status: number) => {
    if (stopping) process.exit(status === 0 ? 130 : status);
    stopping = true;
    log.info({ reason }, 'stopping');
    closers.close().then(
      () => process.exit(status),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM', 0));
  process.on('SIGINT', () => stop('SIGINT', 0));
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    stop('uncaughtException', 1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'a rejected promise had no owner');
    stop('unhandledRejection', 1);
  });
}
