import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from '@patchbay/common/logger';

/**
 * Every way the API says no. The code is an interface: it stands in the answer's `error.code`, in
 * the metric's `result` label and in the log.
 *
 * | code | status | when |
 * |---|---|---|
 * | bad-parameter | 400 | a query parameter or a body field is missing or not as it must be; `field` names it |
 * | bad-json | 400 | the body isn't JSON |
 * | bad-content-type | 400 | the body isn't sent as `application/json` |
 * | unauthenticated | 401 | neither an access key nor the page's session came along |
 * | session-expired | 401 | the page was opened too long ago; loading it again helps |
 * | wrong-origin | 401 | the page's session came from another site's page |
 * | unknown-agent | 404 | no such agent; the message names those there are |
 * | not-found | 404 | no such path |
 * | method-not-allowed | 405 | `Allow` says what is served |
 * | body-too-large | 413 | the body is longer than any honest request |
 * | rate-limited | 429 | too many requests from this address or key; `Retry-After` |
 * | too-many-calls | 429 | this address already has its share of calls, or calls out have |
 * | idempotency-conflict | 409 | the Idempotency-Key was used for another order |
 * | bad-signature | 401 | a LiveKit event without LiveKit's signature |
 * | agents-unknown | 503 | the agents' catalogue was not fetched yet; `Retry-After` |
 * | agents-away | 503 | the agents have not answered for a while; `Retry-After` |
 * | no-capacity | 503 | every agent is in a call; `Retry-After` |
 * | no-line | 503 | the bridge or LiveKit SIP can place no call now; `Retry-After` |
 * | livekit-away | 503 | LiveKit does not answer; `Retry-After` |
 * | draining | 503 | this process is stopping; `Retry-After` |
 * | internal-error | 500 | a fault of ours; the log has it |
 */
export const ERROR_STATUS = {
  'bad-parameter': 400,
  'bad-json': 400,
  'bad-content-type': 400,
  unauthenticated: 401,
  'session-expired': 401,
  'wrong-origin': 401,
  'bad-signature': 401,
  'unknown-agent': 404,
  'not-found': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'rate-limited': 429,
  'too-many-calls': 429,
  'idempotency-conflict': 409,
  'agents-unknown': 503,
  'agents-away': 503,
  'no-capacity': 503,
  'no-line': 503,
  'livekit-away': 503,
  draining: 503,
  'internal-error': 500,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

export interface ApiErrorDetails {
  /** Name of the parameter or the path of the body field that is wrong. */
  field?: string;
  retryAfterSeconds?: number;
  /** For 405: what the path serves. */
  allow?: string;
}

/** A refusal with words for the caller. The message never holds a secret. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly details: ApiErrorDetails;

  constructor(code: ErrorCode, message: string, details: ApiErrorDetails = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.details = details;
  }
}

/** Send a refusal as `{"error":{"code","message","field"?}}`. */
export function sendError(response: Response, error: ApiError): void {
  const { field, retryAfterSeconds, allow } = error.details;
  if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
  if (allow !== undefined) response.set('Allow', allow);
  if (ERROR_STATUS[error.code] === 401) response.set('WWW-Authenticate', 'Bearer');
  response.set('Cache-Control', 'no-store');
  response.locals['errorCode'] = error.code;
  response.status(ERROR_STATUS[error.code]).json({
    error: { code: error.code, message: error.message, ...(field === undefined ? {} : { field }) },
  });
}

/** The last middleware: turns whatever was thrown into an answer; logs what is our own fault. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = error instanceof ApiError ? error : fromBodyParser(error);
    if (!known) log.error({ err: error, path: request.path }, 'a request failed');
    sendError(
      response,
      known ?? new ApiError('internal-error', 'Something went wrong here. Try again in a moment.'),
    );
  };
}

/** Errors of express.json() and of the router, told apart by their `type` and `status`. */
function fromBodyParser(error: unknown): ApiError | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { type, limit, status } = error as { type?: unknown; limit?: unknown; status?: unknown };
  if (type === 'entity.too.large') {
    return new ApiError('body-too-large', `The body must have at most ${String(limit)} bytes.`);
  }
  if (type === 'entity.parse.failed') {
    return new ApiError('bad-json', 'The body must be one JSON object, for example {}.');
  }
  if (type === 'charset.unsupported' || type === 'encoding.unsupported') {
    return new ApiError('bad-content-type', 'The body must be uncompressed JSON in UTF-8.');
  }
  if (type === 'request.aborted' || type === 'request.size.invalid') {
    return new ApiError('bad-json', 'The body ended before its announced length.');
  }
  if (error instanceof URIError || status === 400) {
    return new ApiError('bad-parameter', 'The path or query is not valid percent-encoding.');
  }
  return undefined;
}
