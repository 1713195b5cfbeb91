import { voice } from '@livekit/agents';

/**
 * Who has the floor. What listeners say while somebody else has it ("mhm", "yeah") is no turn of
 * theirs, and nothing is said in between while the agent has only paused for a caller's sound.
 */
export class Floor {
  readonly #session: Pick<voice.AgentSession, 'agentState' | 'userState'>;
  /** The caller began to speak while the agent did. */
  #overAgent = false;
  /** The agent stopped in the middle because the caller spoke; it may go on. */
  #paused = false;

  constructor(session: Pick<voice.AgentSession, 'agentState' | 'userState' | 'on'>) {
    this.#session = session;
    session.on(voice.AgentSessionEventTypes.AgentStateChanged, ({ oldState, newState }) => {
      this.#paused =
        session.userState === 'speaking' && oldState === 'speaking' && newState === 'listening';
    });
  }

  /** Whether the caller speaks, or spoke last, over the agent. */
  get isOverAgent(): boolean {
    return this.#overAgent;
  }

  /** Whether words of the agent's own would fall into its own or a broken-off sentence. */
  get isAgents(): boolean {
    return this.#paused || this.#session.agentState === 'speaking';
  }

  /** The caller begins to speak. */
  onCallerSpeaks(): void {
    this.#overAgent = this.isAgents;
  }

  /** Whether nobody speaks, nothing is thought up, and no sentence is broken off. */
  get isFree(): boolean {
    return !this.#paused && this.#session.agentState === 'listening';
  }
}
