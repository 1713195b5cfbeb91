import { ServerError, SipClient } from 'livekit-server-sdk';
import { ApiError, isRetryableStatus } from './api-error.ts';

/** How to reach LiveKit's server API. A secret as a whole. */
export interface LiveKitAccess {
  /** `http(s)://` or `ws(s)://`. */
  url: string;
  apiKey: string;
  apiSecret: string;
}

const TIMEOUT_SECONDS = 15;

/**
 * Call LiveKit's SIP API.
 *
 * @throws {ApiError} with what to do about it
 */
export async function withSipClient<T>(
  access: LiveKitAccess,
  call: (client: SipClient) => Promise<T>,
): Promise<T> {
  const client = new SipClient(access.url, access.apiKey, access.apiSecret, {
    requestTimeout: TIMEOUT_SECONDS,
  });
  try {
    return await call(client);
  } catch (error) {
    throw inWords(error, access);
  }
}

/** True if LiveKit says that there is no such thing. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.code === 'not_found');
}

function inWords(error: unknown, access: LiveKitAccess): unknown {
  const host = URL.canParse(access.url) ? new URL(access.url).host : access.url;
  if (error instanceof ServerError) {
    const { status, code, message } = error;
    return new ApiError({
      service: 'LiveKit',
      status,
      code,
      // Without Redis it will never work; LiveKit reports that as an internal error.
      retryable: isRetryableStatus(status) && !message.includes('redis required'),
      message: `LiveKit at ${host}: ${advice(status, message)}`,
    });
  }
  const isNetwork =
    error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError');
  if (!isNetwork) return error;
  return new ApiError({
    service: 'LiveKit',
    status: 0,
    retryable: true,
    message:
      `LiveKit does not answer at ${host}. Trunks are made over its API from this machine: ` +
      'set patchbay:livekit.adminUrl to an address that works here, or run pulumi up again once it is up.',
  });
}

function advice(status: number, message: string): string {
  if (message.includes('redis required')) {
    return 'it runs without Redis, and SIP trunks need it. Set patchbay:redis.';
  }
  if (status === 401 || status === 403) {
    return 'the API key or secret is refused. Check patchbay:livekit.apiKey and patchbay:livekit.apiSecret.';
  }
  if (/conflict/i.test(message)) {
    return `${message}. A number can be in one trunk only: remove the other trunk or take the number out of one of them.`;
  }
  return message;
}
