/** A carrier's or LiveKit's API refused or failed. Carries what the caller decides by. */
export class ApiError extends Error {
  /** `Twilio`, `Exotel` or `LiveKit`. */
  readonly service: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The service's own error code, if it gave one. */
  readonly code: string | undefined;
  /** Trying the same again later may work. */
  readonly retryable: boolean;
  /** From Retry-After, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(options: {
    service: string;
    status: number;
    code?: string | undefined;
    retryable: boolean;
    retryAfterMs?: number | undefined;
    message: string;
  }) {
    super(options.message);
    this.name = 'ApiError';
    this.service = options.service;
    this.status = options.status;
    this.code = options.code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A status that says "later" and not "never". */
export function isRetryableStatus(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}
