import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { ApiError } from './errors.ts';
import { readCookie, sameSecret, SESSION_COOKIE, type Sessions } from './session.ts';

/** Who asks for a token. */
export type Caller =
  /** A program with an access key; `index` says which one. */
  | { kind: 'key'; index: number }
  /** The page this API serves, at this address. */
  | { kind: 'page'; address: string };

const OPEN_THE_PAGE =
  'Open the web page this API serves, or send "Authorization: Bearer <access key>" (API_ACCESS_KEYS).';

/**
 * Decides who may have a token: programs by access key, people by the page's signed session. A
 * session alone is not enough: the request must come from the page itself (Fetch Metadata,
 * `Sec-Fetch-Site`, or `Origin` where a browser sends only that), so no other site can spend it.
 */
export class Access {
  readonly #keys: readonly string[];
  readonly #sessions: Sessions;

  constructor(keys: readonly string[], sessions: Sessions) {
    this.#keys = keys;
    this.#sessions = sessions;
  }

  /** The number of the access key that came along, if a right one did. */
  keyIndex(request: Request): number | undefined {
    const match = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '');
    if (!match?.[1]) return undefined;
    let found: number | undefined;
    for (const [index, key] of this.#keys.entries()) {
      if (sameSecret(match[1], key)) found = index;
    }
    return found;
  }

  /** @throws {ApiError} unauthenticated, session-expired, wrong-origin */
  identify(request: Request): Caller {
    if (request.get('authorization') !== undefined) {
      const index = this.keyIndex(request);
      if (index !== undefined) return { kind: 'key', index };
      throw new ApiError(
        'unauthenticated',
        `The access key is not one of this API's. ${OPEN_THE_PAGE}`,
      );
    }
    const cookie = readCookie(request.get('cookie'), SESSION_COOKIE);
    if (cookie === undefined) {
      throw new ApiError('unauthenticated', `Nothing says who asks. ${OPEN_THE_PAGE}`);
    }
    const session = this.#sessions.check(cookie);
    if (session === 'expired') {
      throw new ApiError('session-expired', 'This page was opened too long ago. Load it again.');
    }
    if (session === 'forged') {
      throw new ApiError('unauthenticated', `The page's session is not valid. ${OPEN_THE_PAGE}`);
    }
    if (!isFromOwnPage(request)) {
      throw new ApiError(
        'wrong-origin',
        `The request does not come from the page this API serves. ${OPEN_THE_PAGE}`,
      );
    }
    return { kind: 'page', address: addressOf(request) };
  }
}

/** The caller's address; an IPv6 /56 counts as one, as one customer gets at least that. */
export function addressOf(request: Request): string {
  return ipKeyGenerator(request.ip ?? '');
}

function isFromOwnPage(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const origin = request.get('origin');
  // The host alone: behind a proxy that ends TLS the scheme seen here may differ.
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host;
}
