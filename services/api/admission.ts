import type { AgentSnapshot } from './agent-directory.ts';
import { ApiError } from './errors.ts';

export interface AdmissionOptions {
  maxCallsPerCaller: number;
  /** A catalogue older than this counts as no answer. */
  staleMs: number;
  now?: () => number;
}

/** The agent has the caller's job well within this time, so that its own count includes the call. */
const COUNTED_AFTER_MS = 4_000;
/** A token whose caller did not come within this time holds no place any more. */
const UNUSED_AFTER_MS = 20_000;
/** A call whose end was never told is forgotten. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;
const RETRY_AGENTS_SECONDS = 3;
const RETRY_FULL_SECONDS = 10;

interface OpenCall {
  /** Who asked for it, or undefined for an access key. */
  caller: string | undefined;
  admittedAtMs: number;
  joinedAtMs?: number;
}

/**
 * Says whether a caller may come before anyone hears ringing that leads nowhere.
 *
 * Between a token's issue and the agent's own count lie a second or two; places promised in that
 * time are held here. Joins and ends are told by LiveKit's events; without them a place is held for
 * {@link UNUSED_AFTER_MS} only, so a missing event never locks anyone out.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #now: () => number;
  readonly #calls = new Map<string, OpenCall>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
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

  /** The agents have not answered for so long that a caller would wait for nobody. */
  isStale(snapshot: AgentSnapshot): boolean {
    return this.#now() - snapshot.askedAtMs > this.#options.staleMs;
  }

  /** Places no call has and no token promises. */
  freePlaces(snapshot: AgentSnapshot): number {
    this.#forget();
    let promised = 0;
    for (const call of this.#calls.values()) {
      const since = call.joinedAtMs ?? call.admittedAtMs;
      if (snapshot.askedAtMs < since + COUNTED_AFTER_MS) promised++;
    }
    return Math.max(0, snapshot.catalog.capacity.max - snapshot.catalog.capacity.active - promised);
  }

  /**
   * Promise a place.
   * @param caller the address the call counts for, or undefined for a caller without a limit
   * @throws {ApiError} agents-away, too-many-calls, no-capacity
   */
  admit(snapshot: AgentSnapshot, callId: string, caller: string | undefined): void {
    this.#forget();
    if (this.isStale(snapshot)) {
      throw new ApiError(
        'agents-away',
        'The agents do not answer at the moment. Try again shortly.',
        {
          retryAfterSeconds: RETRY_AGENTS_SECONDS,
        },
      );
    }
    if (caller !== undefined && this.#openCallsOf(caller) >= this.#options.maxCallsPerCaller) {
      throw new ApiError(
        'too-many-calls',
        `There are already ${this.#options.maxCallsPerCaller} calls from your address. End one and try again.`,
        { retryAfterSeconds: RETRY_FULL_SECONDS },
      );
    }
    if (this.freePlaces(snapshot) === 0) {
      throw new ApiError('no-capacity', 'All agents are in a call. Try again shortly.', {
        retryAfterSeconds: RETRY_FULL_SECONDS,
      });
    }
    this.#calls.set(callId, { caller, admittedAtMs: this.#now() });
  }

  joined(callId: string): void {
    const call = this.#calls.get(callId);
    if (call) call.joinedAtMs ??= this.#now();
  }

  ended(callId: string): void {
    this.#calls.delete(callId);
  }

  /** Calls admitted and not known to be over. */
  get open(): number {
    this.#forget();
    return this.#calls.size;
  }

  #openCallsOf(caller: string): number {
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
