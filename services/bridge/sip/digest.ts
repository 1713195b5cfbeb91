import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A nonce is good for this long; after it the caller is asked again, marked `stale`. */
const NONCE_LIFE_MS = 60_000;
const ALGORITHMS = { MD5: 'md5', 'SHA-256': 'sha256' } as const;
type Algorithm = keyof typeof ALGORITHMS;
/** Counts of a nonce that are remembered, so that a recorded answer can't be used again. */
const MOST_NONCES = 10_000;

export type DigestVerdict =
  /** One of the users, with the right password. */
  | { kind: 'good'; user: string }
  /** No answer yet, or to a nonce that is too old: ask. */
  | { kind: 'ask'; stale: boolean }
  /** A wrong password, an unknown user, or an answer that was used before. */
  | { kind: 'bad' };

export interface DigestCheck {
  method: string;
  /** The Authorization header; empty if there is none. */
  authorization: string;
  /** User → password. */
  passwords: Readonly<Record<string, string>>;
  /** Unix ms. */
  nowMs: number;
}

/** Digest authentication of callers: RFC 3261 §22, with the algorithms of RFC 8760. */
export class DigestAuthority {
  readonly #realm: string;
  readonly #key = randomBytes(32);
  readonly #used = new Map<string, { count: number; untilMs: number }>();

  constructor(realm: string) {
    this.#realm = realm;
  }

  /**
   * The WWW-Authenticate header of a 401. MD5, because that is what carriers and phones know; who
   * answers with SHA-256 is understood too.
   */
  challenge(nowMs: number, stale: boolean): string {
    const nonce = this.#nonce(nowMs);
    const again = stale ? ', stale=true' : '';
    return `Digest realm="${this.#realm}", nonce="${nonce}", algorithm=MD5, qop="auth"${again}`;
  }

  check({ method, authorization, passwords, nowMs }: DigestCheck): DigestVerdict {
    const given = parseDigest(authorization);
    if (!given) return { kind: 'ask', stale: false };
    const { username = '', realm, nonce = '', uri = '', response = '' } = given;
    const algorithm = (given['algorithm'] ?? 'MD5').toUpperCase();
    if (realm !== this.#realm || !isAlgorithm(algorithm)) return { kind: 'ask', stale: false };
    const madeMs = this.#madeAt(nonce);
    if (madeMs === undefined) return { kind: 'ask', stale: false };
    const password = Object.hasOwn(passwords, username) ? passwords[username] : undefined;
    if (password === undefined) return { kind: 'bad' };
    const hash = (text: string) => createHash(ALGORITHMS[algorithm]).update(text).digest('hex');
    const ha1 = hash(`${username}:${realm}:${password}`);
    const ha2 = hash(`${method}:${uri}`);
    const { qop, nc = '', cnonce = '' } = given;
    if (qop !== undefined && qop.toLowerCase() !== 'auth') return { kind: 'bad' };
    const wanted =
      qop === undefined
        ? hash(`${ha1}:${nonce}:${ha2}`)
        : hash(`${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
    if (!same(wanted, response.toLowerCase())) return { kind: 'bad' };
    if (nowMs - madeMs > NONCE_LIFE_MS) return { kind: 'ask', stale: true };
    return this.#fresh(nonce, nc, nowMs)
      ? { kind: 'good', user: username }
      : { kind: 'ask', stale: true };
  }

  /** RFC 2617 §3.2.2: the count of a nonce only goes up. */
  #fresh(nonce: string, nc: string, nowMs: number): boolean {
    const count = /^[0-9a-f]{8}$/i.test(nc) ? parseInt(nc, 16) : 1;
    if ((this.#used.get(nonce)?.count ?? 0) >= count) return false;
    if (this.#used.size >= MOST_NONCES) {
      for (const [old, { untilMs }] of this.#used) if (untilMs < nowMs) this.#used.delete(old);
    }
    if (this.#used.size >= MOST_NONCES) return false;
    this.#used.set(nonce, { count, untilMs: nowMs + NONCE_LIFE_MS });
    return true;
  }

  /** Its time, signed: nothing has to be kept of a challenge that nobody answers. */
  #nonce(nowMs: number): string {
    const head = `${nowMs.toString(36)}.${randomBytes(8).toString('hex')}`;
    return `${head}.${this.#sign(head)}`;
  }

  /** @returns when a nonce of ours was made, Unix ms */
  #madeAt(nonce: string): number | undefined {
    const end = nonce.lastIndexOf('.');
    const head = nonce.slice(0, Math.max(0, end));
    if (!same(this.#sign(head), nonce.slice(end + 1))) return undefined;
    return parseInt(head, 36);
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex').slice(0, 32);
  }
}

function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(ALGORITHMS, name);
}

function same(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** @returns the parameters by lower-case name; undefined if it is no Digest */
export function parseDigest(header: string): Record<string, string | undefined> | undefined {
  const match = /^\s*digest\s+(.*)$/is.exec(header);
  if (!match?.[1]) return undefined;
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [, name, quoted, bare] of match[1].matchAll(
    /([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi,
  )) {
    if (name) found[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '';
  }
  return found;
}
