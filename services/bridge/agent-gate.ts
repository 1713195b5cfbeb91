import { AgentDirectory } from '@patchbay/common/agent-directory';
import { AgentPlaces } from '@patchbay/common/agent-places';
import type { Logger } from '@patchbay/common/logger';
import type { Outcome } from './outcome.ts';

export interface AgentGateOptions {
  /** The agent workers' `GET /agents`. */
  url: string;
  refreshMs: number;
  /** Agents unheard of for this long get no calls. */
  staleMs: number;
  log: Logger;
  /** Told whenever the agents have answered. */
  onKnown: () => void;
}

export interface AgentGate {
  /** Why no agent could take a call now, or undefined. */
  refusal(): Outcome | undefined;
  /** Hold a place for a call. @returns what gives it back */
  take(callId: string): () => void;
  /** The agent is in the call, so that the agents count it themselves. */
  served(callId: string): void;
  close(): Promise<void>;
}

/**
 * Keeps asking the agents how many places they have, so that a call that nobody could take is refused
 * before it rings.
 */
export function openAgentGate(options: AgentGateOptions): AgentGate {
  const { url, refreshMs, staleMs, log, onKnown } = options;
  const directory = new AgentDirectory({
    url,
    refreshMs,
    log,
    onAttempt: (ok) => {
      if (ok) onKnown();
    },
  });
  const places = new AgentPlaces({ staleMs });
  directory.start();
  return {
    refusal() {
      const snapshot = directory.current();
      if (!snapshot || places.isStale(snapshot)) {
        return { result: 'rejected-no-agent', detail: 'The agents do not answer.' };
      }
      if (places.free(snapshot) > 0) return undefined;
      return { result: 'rejected-no-agent', detail: 'All agents are in a call.' };
    },
    take(callId) {
      places.take(callId);
      // The door comes along with its caller, at once.
      places.joined(callId);
      return () => places.ended(callId);
    },
    served: (callId) => places.served(callId),
    close: () => directory.close(),
  };
}
