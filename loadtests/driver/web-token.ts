import { z } from 'zod';

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
    throw new TokenError(`nothing answers at ${api.url}: ${wordsOf(error)}`);
  });
  const text = await response.text();
  if (!response.ok) throw new TokenError(`${response.status} ${reasonOf(text)}`, response.status);
  const token = tokenSchema.safeParse(parseJson(text));
  if (token.success) return token.data;
  throw new TokenError(`${url} did not answer as a token API does (${text.slice(0, 80)})`, 200);
}

/** What the API says is wrong: `{"error":{"message":…}}`, or the beginning of whatever it sent. */
function reasonOf(text: string): string {
  const body = errorSchema.safeParse(parseJson(text));
  return body.success ? body.data.error.message : text.slice(0, 120);
}

const errorSchema = z.object({ error: z.object({ message: z.string() }) });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch hides what happened in its cause. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
