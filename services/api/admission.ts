import type { AgentSnapshot } from '@patchbay/common/agent-directory';
import { AgentPlaces, type AgentPlacesOptions } from '@patchbay/common/agent-places';
import { ApiError } from './errors.ts';

export interface AdmissionOptions extends AgentPlacesOptions {
  maxCallsPerCaller: number;
}

const RETRY_AGENTS_SECONDS = 3;
const RETRY_FULL_SECONDS = 10;

/**
 * Says whether a caller may come before anyone hears ringing that leads nowhere. Joins and ends are
 * told by LiveKit's events.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #places: AgentPlaces;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#places = new AgentPlaces(options);
  }

  /**
   * The agents as last heard of, however long ago.
   * @throws {ApiError} agents-unknown
   */
  known(snapshot: AgentSnapshot | undefined): AgentSnapshot {
    if (!snapshot) {
      throw new ApiError('agents-unknown', 'The agents are still starting. Try again shortly.', {
        retryAfterSeconds: RETRY_AGENTS_SECONDS,
      });
    }
    return snapshot;
  }

  /**
   * The same, of an agent that there is.
   * @throws {ApiError} agents-unknown, unknown-agent
   */
  knownWith(agent: string, snapshot: AgentSnapshot | undefined): AgentSnapshot {
    const known = this.known(snapshot);
    const names = known.catalog.agents.map(({ name }) => name);
    if (names.includes(agent)) return known;
    throw new ApiError(
      'unknown-agent',
      `There is no agent "${agent}". Known agents: ${names.join(', ') || 'none'}.`,
      { field: 'agent' },
    );
  }

  /** The agents have not answered for so long that a caller would wait for nobody. */
  isStale(snapshot: AgentSnapshot): boolean {
    return this.#places.isStale(snapshot);
  }

  /** Places no call has and no token promises. */
  freePlaces(snapshot: AgentSnapshot): number {
    return this.#places.free(snapshot);
  }

  /**
   * Promise a place.
   * @param caller the address the call counts for, or undefined for a caller without a limit
   * @throws {ApiError} agents-away, too-many-calls, no-capacity
   */
  admit(snapshot: AgentSnapshot, callId: string, caller: string | undefined): void {
    if (this.isStale(snapshot)) {
      throw new ApiError(
        'agents-away',
        'The agents do not answer at the moment. Try again shortly.',
        {
          retryAfterSeconds: RETRY_AGENTS_SECONDS,
        },
      );
    }
    const { maxCallsPerCaller } = this.#options;
    if (caller !== undefined && this.#places.openOf(caller) >= maxCallsPerCaller) {
      throw new ApiError(
        'too-many-calls',
        `There are already ${maxCallsPerCaller} calls from your address. End one and try again.`,
        { retryAfterSeconds: RETRY_FULL_SECONDS },
      );
    }
    if (this.freePlaces(snapshot) === 0) {
      throw new ApiError('no-capacity', 'All agents are in a call. Try again shortly.', {
        retryAfterSeconds: RETRY_FULL_SECONDS,
      });
    }
    this.#places.take(callId, caller);
  }

  joined(callId: string): void {
    this.#places.joined(callId);
  }

  served(callId: string): void {
    this.#places.served(callId);
  }

  ended(callId: string): void {
    this.#places.ended(callId);
  }

  /** Calls admitted and not known to be over. */
  get open(): number {
    return this.#places.open;
  }
}
