import type { Logger } from '@patchbay/common/logger';
import {
  fatalMissingKeys,
  missingKeys,
  type ProviderChain,
  type ProviderSettings,
} from './providers/catalog.ts';

/** An agent, as far as its providers go. */
interface Concerned {
  name: string;
  providers: ProviderChain;
}

interface Concern {
  provider: string;
  stage: string;
  agents: string[];
  /** Without this key an agent can't speak with its callers. */
  mute: boolean;
}

/**
 * Warns of provider keys that are not set: one line for each variable, with the agents it concerns,
 * when the worker starts. Calls say nothing of it, or the warning would stand in the log once a call.
 */
export class MissingKeys {
  readonly #settings: ProviderSettings;
  readonly #log: Logger;
  readonly #told = new Set<string>();

  constructor(settings: ProviderSettings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
  }

  /** To be told again when agents have changed: what was warned of already is left out. */
  warn(agents: Iterable<Concerned>): void {
    for (const [variable, { mute, ...concern }] of this.#concerns(agents)) {
      const key = JSON.stringify([variable, mute, concern.agents]);
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      const message = mute
        ? 'provider key is not set, callers get an apology'
        : 'provider key is not set, this provider is left out';
      this.#log.warn({ variable, ...concern }, message);
    }
  }

  #concerns(agents: Iterable<Concerned>): Map<string, Concern> {
    const concerned = new Map<string, Concern>();
    for (const { name, providers } of agents) {
      const fatal = fatalMissingKeys(providers, this.#settings);
      const mutes = new Set(fatal.map(({ variable }) => variable));
      for (const { provider, variable, stage } of missingKeys(providers, this.#settings)) {
        const entry = concerned.get(variable) ?? { provider, stage, agents: [], mute: false };
        // Two stages may want the same key.
        if (!entry.agents.includes(name)) entry.agents.push(name);
        entry.mute ||= mutes.has(variable);
        concerned.set(variable, entry);
      }
    }
    return concerned;
  }
}
