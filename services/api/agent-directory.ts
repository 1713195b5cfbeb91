import { agentCatalogSchema, type AgentCatalog } from '@patchbay/common/agent-catalog';
import type { Logger } from '@patchbay/common/logger';
import { pause, reasonOf } from './retry.ts';

/** The agents as last heard of. */
export interface AgentSnapshot {
  catalog: AgentCatalog;
  /** Unix ms of the moment the catalogue was asked for. */
  askedAtMs: number;
}

export interface AgentDirectoryOptions {
  /** The agent worker's `GET /agents`. */
  url: string;
  refreshMs: number;
  /** An answer slower than this counts as none. 2000 by default. */
  timeoutMs?: number;
  log: Logger;
  /** Called after each attempt with whether it worked. */
  onAttempt?: (ok: boolean) => void;
}

const LOG_EVERY_MS = 5_000;

/** Asks the agent worker for its catalogue every few seconds and keeps the last answer. */
export class AgentDirectory {
  readonly #options: AgentDirectoryOptions;
  readonly #stopped = new AbortController();
  #snapshot: AgentSnapshot | undefined;
  #loop: Promise<void> | undefined;
  #failing = false;
  #loggedAtMs = 0;

  constructor(options: AgentDirectoryOptions) {
    this.#options = options;
  }

  /** What is known, or undefined before the first answer. */
  current(): AgentSnapshot | undefined {
    return this.#snapshot;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.refresh();
      await pause(this.#options.refreshMs, this.#stopped.signal);
    }
  }

  /** Ask once. Never throws: a failure is logged and the last answer stays. */
  async refresh(): Promise<void> {
    const askedAtMs = Date.now();
    try {
      const signal = AbortSignal.any([
        this.#stopped.signal,
        AbortSignal.timeout(this.#options.timeoutMs ?? 2_000),
      ]);
      const response = await fetch(this.#options.url, { signal, redirect: 'error' });
      if (!response.ok) throw new Error(`answered with status ${response.status}`);
      const catalog = agentCatalogSchema.parse(await response.json());
      this.#snapshot = { catalog, askedAtMs };
      this.#succeeded(catalog);
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#failed(error);
    }
  }

  #succeeded(catalog: AgentCatalog): void {
    if (this.#failing || this.#loggedAtMs === 0) {
      const agents = catalog.agents.map((agent) => agent.name);
      this.#options.log.info({ agents }, 'the agents answer');
      this.#loggedAtMs = Date.now();
    }
    this.#failing = false;
    this.#options.onAttempt?.(true);
  }

  #failed(error: unknown): void {
    const now = Date.now();
    if (!this.#failing || now - this.#loggedAtMs >= LOG_EVERY_MS) {
      this.#options.log.warn(
        { url: this.#options.url, reason: reasonOf(error) },
        'the agent worker does not answer for its catalogue; trying again',
      );
      this.#loggedAtMs = now;
    }
    this.#failing = true;
    this.#options.onAttempt?.(false);
  }
}
