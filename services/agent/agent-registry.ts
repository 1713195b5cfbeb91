import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { agentDefinitionSchema, type AgentDefinition } from './agent-definition.ts';

/** The folder with one file per agent. */
export const AGENTS_FOLDER = join(import.meta.dirname, 'agents');

/** The agents' files can't be used. Lists every fault with its file and field. */
export class AgentRegistryError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `${faults.length} fault(s) in the agents' files:\n${faults.map((f) => `  ${f}`).join('\n')}`,
    );
    this.name = 'AgentRegistryError';
    this.faults = faults;
  }
}

/**
 * Read and check every agent of a folder.
 *
 * @param version of the files, if they may have been loaded before in another one
 * @returns the agents by name, in the names' order
 * @throws {AgentRegistryError} listing every fault of every file
 */
export async function loadAgents(
  folder = AGENTS_FOLDER,
  version?: string,
): Promise<Map<string, AgentDefinition>> {
  // By name, not by file: with its ending, `bank-hindi.ts` would come before `bank.ts`.
  const files = new Map(
    (await readdir(folder))
      .filter(isAgentFile)
      .map((file) => [nameOf(file), file] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const faults: string[] = [];
  const agents = new Map<string, AgentDefinition>();
  for (const [name, file] of files) {
    const result = await loadAgent(join(folder, file), version);
    if ('faults' in result) {
      faults.push(...result.faults.map((fault) => `${file}: ${fault}`));
      continue;
    }
    agents.set(name, result.agent);
    for (const other of Object.keys(result.agent.connectsTo)) {
      if (files.has(other)) continue;
      faults.push(`${file}: connectsTo.${other}: there is no agent of this name`);
    }
  }
  if (files.size === 0) faults.push(`${folder}: has no agent files (*.ts)`);
  if (faults.length > 0) throw new AgentRegistryError(faults);
  return agents;
}

function nameOf(file: string): string {
  return basename(file).replace(/\.\w+$/, '');
}

function isAgentFile(file: string): boolean {
  return /\.(ts|js|mjs)$/.test(file) && !/\.(test|d)\.ts$/.test(file);
}

async function loadAgent(
  path: string,
  version: string | undefined,
): Promise<{ agent: AgentDefinition } | { faults: string[] }> {
  let module: unknown;
  const url = pathToFileURL(path);
  // What was imported once is not read again under the same address.
  if (version !== undefined) url.searchParams.set('version', version);
  try {
    module = await import(url.href);
  } catch (error) {
    return { faults: [`can't be loaded: ${String(error)}`] };
  }
  const given =
    typeof module === 'object' && module !== null && 'agent' in module ? module.agent : undefined;
  if (given === undefined) return { faults: ['agent: must be exported (`export const agent`)'] };
  const parsed = agentDefinitionSchema.safeParse(given);
  if (!parsed.success) {
    return {
      faults: parsed.error.issues.map((issue) => {
        const field = issue.path.map(String).join('.') || 'agent';
        return `${field}: ${issue.message}`;
      }),
    };
  }
  const expected = nameOf(path);
  if (parsed.data.name !== expected) {
    return {
      faults: [
        `name: must be ${JSON.stringify(expected)}, as the file (got ${JSON.stringify(parsed.data.name)})`,
      ],
    };
  }
  return { agent: parsed.data };
}
