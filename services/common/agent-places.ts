import type { AgentSnapshot } from './agent-directory.ts';

export interface AgentPlacesOptions {
  /** A catalogue older than this counts as no answer. */
  staleMs: number;
  now?: () => number;
}

/** The agent has the caller's job well within this time, so that its own count includes the call. */
const COUNTED_AFTER_MS = 4_000;
/** A place whose caller did not come within this time is promised no more. */
const UNUSED_AFTER_MS = 20_000;
/** A call whose end was never told is forgotten. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

interface OpenCall {
  /** Whom it counts for; undefined for nobody. */
  caller: string | undefined;
  admittedAtMs: number;
  joinedAtMs?: number;
  /** When its agent was first seen in it. */
  servedAtMs?: number;
}

/**
 * The agents' free places, as a door knows them. Between a door's yes and the agents' own count lie
 * a second or two; what was promised in that time is held here. Without news of a call its place is
 * held for {@link UNUSED_AFTER_MS} only, so that missing news never locks anyone out.
 */
export class AgentPlaces {
  readonly #options: AgentPlacesOptions;
  readonly #now: () => number;
  readonly #calls = new Map<string, OpenCall>();

  constructor(options: AgentPlacesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** The agents have not answered for so long that a caller would wait for nobody. */
  isStale(snapshot: AgentSnapshot): boolean {
    return this.#now() - snapshot.askedAtMs > this.#options.staleMs;
  }

  /** Places that no call has and nobody is promised. */
  free(snapshot: AgentSnapshot): number {
    this.#forget();
    let promised = 0;
    for (const call of this.#calls.values()) {
      const since = call.joinedAtMs ?? call.admittedAtMs;
      if (snapshot.askedAtMs < (call.servedAtMs ?? since + COUNTED_AFTER_MS)) promised++;
    }
    const { max, active } = snapshot.catalog.capacity;
    return Math.max(0, max - active - promised);
  }

  /** Promise a place. @param caller whom the call counts for */
  take(callId: string, caller?: string): void {
    this.#calls.set(callId, { caller, admittedAtMs: this.#now() });
  }

  joined(callId: string): void {
    const call = this.#calls.get(callId);
    if (call) call.joinedAtMs ??= this.#now();
  }

  /** Its agent is there: whatever the agents are asked from now on counts the call. */
  served(callId: string): void {
    const call = this.#calls.get(callId);
    if (call) call.servedAtMs ??= this.#now();
  }

  ended(callId: string): void {
    this.#calls.delete(callId);
  }

  /** Calls taken and not known to be over. */
  get open(): number {
    this.#forget();
    return this.#calls.size;
  }

  openOf(caller: string): number {
    this.#forget();
    let count = 0;
    for (const call of this.#calls.values()) if (call.caller === caller) count++;
    return count;
  }

  #forget(): void {
    const now = this.#now();
    for (const [callId, call] of this.#calls) {
      const over =
        call.joinedAtMs === undefined
          ? now - call.admittedAtMs > UNUSED_AFTER_MS
          : now - call.joinedAtMs > FORGOTTEN_AFTER_MS;
      if (over) this.#calls.delete(callId);
    }
  }
}
