import { reasonOf } from '@patchbay/common/retry';
import { z } from 'zod';
import { parseJson } from './json.ts';

const TIMEOUT_MS = 5_000;

const tokenSchema = z.object({
  server_url: z.string(),
  participant_token: z.string(),
  room_name: z.string(),
});
export type WebToken = z.output<typeof tokenSchema>;

/** The API refused a token, or did not answer. */
export class TokenError extends Error {
  /** Undefined if nothing answered. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.name = 'TokenError';
    this.status = status;
  }
}

/** Ask the real token API for a way into a room. @throws {TokenError} in words */
export async function fetchToken(
  api: { url: string; accessKey: string },
  agent: string,
): Promise<WebToken> {
  const url = `${api.url}/api/getToken?agent=${encodeURIComponent(agent)}`;
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${api.accessKey}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new TokenError(`nothing answers at ${api.url}: ${reasonOf(error)}`);
  });
  const text = await response.text();
  if (!response.ok) throw new TokenError(`${response.status} ${refusalIn(text)}`, response.status);
  const token = tokenSchema.safeParse(parseJson(text));
  if (token.success) return token.data;
  throw new TokenError(`${url} did not answer as a token API does (${text.slice(0, 80)})`, 200);
}

/** What the API says is wrong: `{"error":{"message":…}}`, or the beginning of whatever it sent. */
function refusalIn(text: string): string {
  const body = errorSchema.safeParse(parseJson(text));
  return body.success ? body.data.error.message : text.slice(0, 120);
}

const errorSchema = z.object({ error: z.object({ message: z.string() }) });
