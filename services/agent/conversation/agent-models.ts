import type { AgentDefinition } from '../agent-definition.ts';
import type { Models } from '../providers/catalog.ts';

/** The models of the agents that serve one call: made once for each way to hear, think and speak. */
export class AgentModels {
  readonly #first: AgentDefinition;
  readonly #models: Map<AgentDefinition, Models>;
  readonly #build: (definition: AgentDefinition) => Models;

  /**
   * @param first whose models the session has
   * @param models of the first agent
   * @param build of an agent that sounds or thinks otherwise than the first
   */
  constructor(
    first: AgentDefinition,
    models: Models,
    build: (definition: AgentDefinition) => Models,
  ) {
    this.#first = first;
    this.#models = new Map([[first, models]]);
    this.#build = build;
  }

  /** Its models; made when they are first asked for. */
  of(definition: AgentDefinition): Models {
    const known = this.#models.get(definition);
    if (known) return known;
    const models = this.isFirsts(definition) ? this.of(this.#first) : this.#build(definition);
    this.#models.set(definition, models);
    return models;
  }

  /** Whether an agent uses the models of the first, which the session has. */
  isFirsts(definition: AgentDefinition): boolean {
    return soundsLike(definition, this.#first);
  }

  close(): void {
    for (const { stt, llm, tts } of new Set(this.#models.values())) {
      for (const chain of [stt, llm, tts]) chain.members.close();
    }
  }
}

/** Whether two agents can use the same models: how they sound and who does the work for them. */
function soundsLike(one: AgentDefinition, other: AgentDefinition): boolean {
  const sound = ({ language, voice: id, filler, providers }: AgentDefinition) =>
    JSON.stringify([language, id, filler, providers]);
  return sound(one) === sound(other);
}
