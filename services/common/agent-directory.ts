import { agentCatalogSchema, type AgentCatalog } from './agent-catalog.ts';
import type { Logger } from './logger.ts';
import { workerUrls, type LookupAll } from './agent-addresses.ts';
import { again, reasonOf } from './retry.ts';

/** The agents as last heard of. */
export interface AgentSnapshot {
  catalog: AgentCatalog;
  /** Unix ms of the moment the catalogue was asked for. */
  askedAtMs: number;
}

export interface AgentDirectoryOptions {
  /** The agent workers' `GET /agents`; every address of its name is asked. */
  url: string;
  /** How names are resolved; the system's way by default. */
  resolve?: LookupAll;
  refreshMs: number;
  /** An answer slower than this counts as none. 2000 by default. */
  timeoutMs?: number;
  log: Logger;
  /** Called after each attempt with whether it worked. */
  onAttempt?: (ok: boolean) => void;
}

const LOG_EVERY_MS = 5_000;

/** Asks the agent workers for their catalogues every few seconds and keeps the last answer. */
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
    this.#loop ??= again(() => this.refresh(), this.#options.refreshMs, this.#stopped.signal);
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  /** Ask once. Never throws: a failure is logged and the last answer stays. */
  async refresh(): Promise<void> {
    const askedAtMs = Date.now();
    try {
      const signal = AbortSignal.any([
        this.#stopped.signal,
        AbortSignal.timeout(this.#options.timeoutMs ?? 2_000),
      ]);
      const urls = await workerUrls(this.#options.url, this.#options.resolve);
      const catalog = together(await Promise.allSettled(urls.map((url) => ask(url, signal))));
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

async function ask(url: string, signal: AbortSignal): Promise<AgentCatalog> {
  const response = await fetch(url, { signal, redirect: 'error' });
  if (!response.ok) throw new Error(`answered with status ${response.status}`);
  return agentCatalogSchema.parse(await response.json());
}

/**
 * What all workers that answered have together. One that does not answer takes no calls and counts
 * for nothing.
 * @throws the first worker's failure when none has answered
 */
function together(answers: readonly PromiseSettledResult<AgentCatalog>[]): AgentCatalog {
  const heard = answers.filter((answer) => answer.status === 'fulfilled');
  if (heard.length === 0) {
    const failed = answers.find((answer) => answer.status === 'rejected');
    throw failed ? failed.reason : new Error('the name has no address');
  }
  const catalogs = heard.map(({ value }) => value);
  const agents = new Map(
    catalogs.flatMap((catalog) => catalog.agents.map((agent) => [agent.name, agent] as const)),
  );
  const sum = (key: 'active' | 'max') =>
    catalogs.reduce((total, { capacity }) => total + capacity[key], 0);
  return { agents: [...agents.values()], capacity: { active: sum('active'), max: sum('max') } };
}
