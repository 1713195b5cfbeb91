import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from './api-error.ts';

export interface RetryOptions {
  /** Default 5. */
  attempts?: number;
  /** Wait before the second attempt; doubles each time. Default 500. */
  firstWaitMs?: number;
  /** Longest wait, a server's Retry-After included. Default 30 000. */
  longestWaitMs?: number;
  sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Run an operation again while it fails with a retryable {@link ApiError}: rate limits, 5xx, no answer.
 * The operation must be safe to repeat as a whole: look first, then create.
 *
 * @throws the last error, as it is
 */
export async function retrying<T>(
  operation: () => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  const { attempts = 5, firstWaitMs = 500, longestWaitMs = 30_000, sleep = delay } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.retryable || attempt >= attempts) throw error;
      const backoffMs = firstWaitMs * 2 ** (attempt - 1);
      await sleep(Math.min(longestWaitMs, error.retryAfterMs ?? backoffMs));
    }
  }
}
