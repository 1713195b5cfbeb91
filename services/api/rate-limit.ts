import { rateLimit, type RateLimitRequestHandler } from 'express-rate-limit';
import type { Logger } from '@patchbay/common/logger';
import { addressOf, type Access } from './access.ts';
import { ApiError } from './errors.ts';

export interface RateLimits {
  perAddress: number;
  perKey: number;
}

const WINDOW_MS = 60_000;

/** So many requests a minute from one address, or with one access key. Counts refused ones too. */
export function limitRequests(
  limits: RateLimits,
  access: Access,
  log: Logger,
): RateLimitRequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (request) => {
      const key = access.keyIndex(request);
      return key === undefined ? addressOf(request) : `key-${key}`;
    },
    limit: (request) =>
      access.keyIndex(request) === undefined ? limits.perAddress : limits.perKey,
    handler: (_request, response, next) => {
      const seconds = Number(response.getHeader('Retry-After')) || WINDOW_MS / 1000;
      next(
        new ApiError('rate-limited', `Too many requests. Try again in ${seconds} s.`, {
          retryAfterSeconds: seconds,
        }),
      );
    },
    logger: {
      warn: (error: unknown) => log.warn({ err: error }, 'the rate limit is not set up well'),
      error: (error: unknown) => log.error({ err: error }, 'the rate limit is not set up well'),
    },
  });
}
