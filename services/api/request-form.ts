import type { Request, RequestHandler, Response } from 'express';
import type { Health } from '@patchbay/common/health';
import { ApiError } from './errors.ts';

const RETRY_SECONDS = 3;

/** 405 for any other method. HEAD too: what is made for an answer must not be thrown away. */
export function only(...methods: string[]): RequestHandler {
  return (request, _response, next) => {
    if (methods.includes(request.method)) return next();
    const served = methods.join(', ');
    throw new ApiError(
      'method-not-allowed',
      `${request.method} is not served here; use ${served}.`,
      {
        allow: served,
      },
    );
  };
}

/** Refuses while no call could begin. */
export function whenReady(health: Health): RequestHandler {
  return (_request, _response, next) => {
    if (health.draining) {
      throw new ApiError('draining', 'This server is stopping. Try again in a moment.', {
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
    if (health.missing().includes('livekit')) {
      throw new ApiError('livekit-away', 'The call server does not answer at the moment.', {
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
    next();
  };
}

/** 400 for a body of another type. */
export const requireJson = (request: Request, _response: Response, next: () => void) => {
  if (!request.is('application/json')) {
    const given = request.get('content-type');
    throw new ApiError(
      'bad-content-type',
      `Content-Type must be application/json${given === undefined ? '; it is missing or the body is empty' : `; got ${JSON.stringify(given.slice(0, 60))}`}.`,
      { field: 'Content-Type' },
    );
  }
  next();
};

/** A zod path as people write it: `room_config.agents[0].metadata`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
