import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@patchbay/common/logger';
import type { AgentDefinition } from './agent-definition.ts';
import { AGENTS_FOLDER, AgentRegistryError, loadAgents } from './agent-registry.ts';

/** The agents of a folder as it was last read, for those who change them while calls go on. */
export class AgentLibrary {
  readonly #folder: string;
  #version: string;
  #agents: ReadonlyMap<string, AgentDefinition>;

  private constructor(
    folder: string,
    version: string,
    agents: ReadonlyMap<string, AgentDefinition>,
  ) {
    this.#folder = folder;
    this.#version = version;
    this.#agents = agents;
  }

  /** @throws {AgentRegistryError} listing every fault of every file */
  static async open(folder = AGENTS_FOLDER): Promise<AgentLibrary> {
    const version = await versionOf(folder);
    return new AgentLibrary(folder, version, await loadAgents(folder, version));
  }

  get agents(): ReadonlyMap<string, AgentDefinition> {
    return this.#agents;
  }

  /**
   * Read the files again if one has changed. If any has a fault, that is logged and all stay as they
   * were. Never rejects.
   *
   * @returns whether there are other agents now
   */
  async refresh(log: Logger): Promise<boolean> {
    try {
      const version = await versionOf(this.#folder);
      if (version === this.#version) return false;
      this.#version = version;
      this.#agents = await loadAgents(this.#folder, version);
      log.info({ agents: [...this.#agents.keys()] }, 'agents read again');
      return true;
    } catch (error) {
      const faults = error instanceof AgentRegistryError ? error.faults : [String(error)];
      log.error({ faults }, 'the changed agents can not be used, the old ones stay');
      return false;
    }
  }
}

/** Names and times of the files. */
async function versionOf(folder: string): Promise<string> {
  const files = (await readdir(folder)).sort();
  const times = await Promise.all(
    files.map(async (file) => `${file}@${(await stat(join(folder, file))).mtimeMs}`),
  );
  return times.join();
}
