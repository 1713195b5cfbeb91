/** A call that did not do what was asked: refused, over, too late, or without the needed media. */
export class PhoneError extends Error {
  /** SIP status that refused the call; 408 stands for no answer, 503 for a failure to send. */
  readonly status: number | undefined;
  /** In words: the peer's reason phrase, or what happened here. */
  readonly reason: string;

  constructor(
    message: string,
    options: { status?: number; reason?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'PhoneError';
    this.status = options.status;
    this.reason = options.reason ?? message;
  }
}

/** Nothing was heard in the time the caller was willing to wait; the call may still be up. */
export class SilenceError extends PhoneError {
  constructor(what: string, timeoutMs: number) {
    super(`waiting for ${what}: nothing was heard in ${timeoutMs} ms`);
    this.name = 'SilenceError';
  }
}

/** What went wrong, as a PhoneError. */
export function toPhoneError(error: unknown): PhoneError {
  if (error instanceof PhoneError) return error;
  return new PhoneError(error instanceof Error ? error.message : String(error), { cause: error });
}
