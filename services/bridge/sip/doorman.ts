import { DigestAuthority } from './digest.ts';
import { RateLimits } from './rate.ts';
import { findRoute, type Route } from './routing.ts';
import { isScanner } from './scanners.ts';
import { plainAddress, SourceList } from './sources.ts';
import type { Trunk, TrunkPasswords } from './trunk.ts';

/** Why a request was turned away before it became a call. A label of a metric. */
export const TURNED_AWAY = [
  'scanner',
  'unknown-source',
  'rate',
  'no-credentials',
  'bad-credentials',
  'extension',
  'body',
  'session-interval',
] as const;
export type TurnedAway = (typeof TURNED_AWAY)[number];

/** What the doorman looks at. */
export interface Visitor {
  method: string;
  /** Address that the request really came from. */
  address: string;
  transport: string;
  userAgent: string;
  /** User part of the Request-URI. */
  calledUser: string;
  /** The Authorization header; empty if there is none. */
  authorization: string;
}

export type Verdict =
  /** Let in; these trunks are the caller's. */
  | { kind: 'in'; trunks: readonly Trunk[] }
  /** Say nothing at all. */
  | { kind: 'silence'; reason: TurnedAway }
  | {
      kind: 'refuse';
      reason: TurnedAway;
      status: number;
      headers: Readonly<Record<string, string>>;
    };

export interface DoormanOptions {
  trunks: readonly Trunk[];
  passwords: TrunkPasswords;
  /** What a source hears that no trunk knows; silence tells it least. */
  unknownSource: 'drop' | 'refuse';
  /** INVITEs that one address may send. */
  callsPerSecond: number;
  /** Digest realm. */
  realm: string;
  /** Monotonic ms; performance.now by default. */
  now?: () => number;
  /** Unix ms; Date.now by default. */
  date?: () => number;
}

interface Guarded {
  trunk: Trunk;
  sources: SourceList;
}

/**
 * Looks at every request from outside before anything is made for it: who knows no trunk of ours
 * costs a look-up and nothing else.
 */
export class Doorman {
  readonly #options: DoormanOptions;
  readonly #trunks: readonly Guarded[];
  readonly #rates: RateLimits;
  readonly #digest: DigestAuthority;
  readonly #now: () => number;
  readonly #date: () => number;

  constructor(options: DoormanOptions) {
    this.#options = options;
    this.#trunks = options.trunks
      .filter(({ direction }) => direction !== 'outbound')
      .map((trunk) => ({ trunk, sources: new SourceList(trunk.sources) }));
    this.#rates = new RateLimits(options.callsPerSecond);
    this.#digest = new DigestAuthority(options.realm);
    this.#now = options.now ?? (() => performance.now());
    this.#date = options.date ?? Date.now;
  }

  /** Judge an INVITE that begins a call. */
  invite(visitor: Visitor): Verdict {
    const verdict = this.greet(visitor);
    if (verdict.kind !== 'in') return verdict;
    if (!this.#rates.take(plainAddress(visitor.address), this.#now())) {
      return refuse('rate', 503, { 'Retry-After': '1' });
    }
    return this.#identify(visitor, verdict.trunks);
  }

  /** Judge any other request: only who it is from. */
  greet(visitor: Visitor): Verdict {
    if (isScanner(visitor.userAgent)) return { kind: 'silence', reason: 'scanner' };
    const trunks = this.#trunks
      .filter(({ trunk, sources }) => {
        const known = sources.size === 0 || sources.has(visitor.address);
        const transport = visitor.transport.toLowerCase();
        return known && trunk.transports.some((allowed) => allowed === transport);
      })
      .map(({ trunk }) => trunk);
    if (trunks.length > 0) return { kind: 'in', trunks };
    if (this.#options.unknownSource === 'refuse') return refuse('unknown-source', 403, {});
    return { kind: 'silence', reason: 'unknown-source' };
  }

  /** Digest, if the trunk of the called number asks for it. */
  #identify(visitor: Visitor, trunks: readonly Trunk[]): Verdict {
    const route: Route | undefined = findRoute(trunks, visitor.calledUser);
    const called = trunks.filter(({ name }) => name === route?.trunk);
    // Where every trunk asks, strangers don't learn which numbers there are.
    const asking = called.length > 0 ? called : trunks;
    if (asking.some(({ users }) => users.length === 0)) return { kind: 'in', trunks };
    const nowMs = this.#date();
    const checked = this.#digest.check({
      method: visitor.method,
      authorization: visitor.authorization,
      passwords: this.#passwordsOf(asking),
      nowMs,
    });
    switch (checked.kind) {
      case 'good':
        return {
          kind: 'in',
          trunks: trunks.filter(({ users }) => users.length === 0 || users.includes(checked.user)),
        };
      case 'ask': {
        const challenge = this.#digest.challenge(nowMs, checked.stale);
        return refuse('no-credentials', 401, { 'WWW-Authenticate': challenge });
      }
      case 'bad':
        return refuse('bad-credentials', 403, {});
    }
  }

  #passwordsOf(trunks: readonly Trunk[]): Record<string, string> {
    const found: Record<string, string> = {};
    for (const { name, users } of trunks) {
      for (const user of users) {
        const password = this.#options.passwords[name]?.[user];
        if (password !== undefined) found[user] = password;
      }
    }
    return found;
  }
}

function refuse(
  reason: TurnedAway,
  status: number,
  headers: Readonly<Record<string, string>>,
): Verdict {
  return { kind: 'refuse', reason, status, headers };
}
