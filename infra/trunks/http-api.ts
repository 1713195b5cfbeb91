import { ApiError, isRetryableStatus } from './api-error.ts';

export interface ApiRequest {
  /** Name for messages: `Twilio`, `Exotel`. */
  service: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  /** HTTP basic authentication. Never part of a message. */
  user: string;
  password: string;
  /** Sent as application/x-www-form-urlencoded. */
  form?: Readonly<Record<string, string>>;
  /** Sent as application/json. */
  json?: unknown;
  /** Default 15 000. */
  timeoutMs?: number;
}

export interface ApiAnswer {
  status: number;
  /** Parsed JSON; undefined when there was none. */
  body: unknown;
}

const DEFAULT_TIMEOUT_MS = 15_000;

/**
 * One request to a carrier's HTTP API. Any answer below 500 but 408 and 429 comes back as it is: what
 * it means is the carrier's own affair.
 *
 * @throws {ApiError} retryable: no answer, 408, 429, 5xx
 */
export async function callApi(request: ApiRequest): Promise<ApiAnswer> {
  const response = await send(request);
  const text = await response.text().catch(() => '');
  if (isRetryableStatus(response.status)) {
    throw new ApiError({
      service: request.service,
      status: response.status,
      retryable: true,
      retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
      message:
        response.status === 429
          ? `${request.service} is limiting our requests (429). Wait a minute and run pulumi up again.`
          : `${request.service} failed with ${response.status}. Run pulumi up again; if it stays, look at its status page.`,
    });
  }
  return { status: response.status, body: parse(text) };
}

async function send(request: ApiRequest): Promise<Response> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(`${request.user}:${request.password}`).toString('base64')}`,
  };
  let body: string | undefined;
  if (request.form) {
    headers['content-type'] = 'application/x-www-form-urlencoded';
    body = new URLSearchParams(request.form).toString();
  } else if (request.json !== undefined) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(request.json);
  }
  try {
    return await fetch(request.url, {
      method: request.method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    });
  } catch (error) {
    const host = new URL(request.url).host;
    throw new ApiError({
      service: request.service,
      status: 0,
      retryable: true,
      message: `No answer from ${request.service} at ${host} (${reason(error)}). Check that this machine can reach it.`,
    });
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  const cause = error.cause;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
}

function retryAfterMs(header: string | null): number | undefined {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A query without its question mark. */
export function query(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}
