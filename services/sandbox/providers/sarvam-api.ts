import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SANDBOX_KEY } from './provider.ts';

/** Languages of Sarvam's models, as its API names them. */
export const SARVAM_LANGUAGES = [
  'bn-IN',
  'en-IN',
  'gu-IN',
  'hi-IN',
  'kn-IN',
  'ml-IN',
  'mr-IN',
  'od-IN',
  'pa-IN',
  'ta-IN',
  'te-IN',
] as const;

/** The error codes of Sarvam's API, by status (https://docs.sarvam.ai/api-reference-docs). */
const CODES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'invalid_api_key_error',
  404: 'not_found_error',
  422: 'unprocessable_entity_error',
  429: 'rate_limit_exceeded_error',
};

/** An error's code, also for the error messages of sockets. */
export function sarvamCode(status: number): string {
  return CODES[status] ?? 'internal_server_error';
}

/** An error's body. */
export function sarvamError(status: number, message: string) {
  return { error: { request_id: randomUUID(), message, code: sarvamCode(status) } };
}

/**
 * Whether a request has the key, in its header or, as browsers must on a socket, in its protocol
 * `api-subscription-key.<key>`. A wrong or missing one gets 403.
 */
export function hasSarvamKey(request: IncomingMessage): boolean {
  if (request.headers['api-subscription-key'] === SANDBOX_KEY) return true;
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',');
  return protocols.some((protocol) => protocol.trim() === `api-subscription-key.${SANDBOX_KEY}`);
}

/** Send JSON to a socket that may be gone. */
export function sendTo(
  socket: { readyState: number; OPEN: number; send(data: string): void },
  message: unknown,
): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}
