import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The page's own session: proves that a request comes from a page this API served not long ago. */
export const SESSION_COOKIE = 'patchbay_session';

export interface SessionOptions {
  /** Signs the cookie; the same in every replica. */
  secret: string;
  ttlSeconds: number;
  now?: () => number;
}

const VERSION = 'v1';

/** Makes and checks session cookies. Nothing is stored: a cookie is its expiry, a nonce and an HMAC. */
export class Sessions {
  readonly #options: SessionOptions;
  readonly #now: () => number;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  get ttlSeconds(): number {
    return this.#options.ttlSeconds;
  }

  /** A fresh cookie value, `v1.<expiry, Unix s>.<nonce>.<HMAC-SHA256>`. */
  issue(): string {
    const expiresAt = Math.floor(this.#now() / 1000) + this.#options.ttlSeconds;
    const payload = `${VERSION}.${expiresAt}.${randomBytes(9).toString('base64url')}`;
    return `${payload}.${this.#sign(payload)}`;
  }

  check(value: string): 'valid' | 'expired' | 'forged' {
    const end = value.lastIndexOf('.');
    const payload = value.slice(0, Math.max(0, end));
    const [version, expiresAt] = payload.split('.');
    if (version !== VERSION || !sameSecret(value.slice(end + 1), this.#sign(payload))) {
      return 'forged';
    }
    return Number(expiresAt) * 1000 > this.#now() ? 'valid' : 'expired';
  }

  #sign(payload: string): string {
    return createHmac('sha256', this.#options.secret).update(payload).digest('base64url');
  }
}

/** Compare without telling by the time taken how much was right. */
export function sameSecret(given: string, expected: string): boolean {
  const key = randomBytes(32);
  const digest = (text: string) => createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** One cookie out of a `Cookie` header (RFC 6265 §4.2.1), or undefined. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
