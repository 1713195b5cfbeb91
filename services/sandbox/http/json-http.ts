import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a request's body can be refused for. */
export class BodyError extends Error {
  /** 400 or 413. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'BodyError';
    this.status = status;
  }
}

/**
 * Read a request's body.
 *
 * @throws {BodyError} 413 over the limit
 */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is still read, so that the client gets the answer and not a reset connection.
    if (size <= limitBytes) chunks.push(chunk);
  }
  if (size > limitBytes) {
    throw new BodyError(413, `the body has ${size} bytes, at most ${limitBytes} are taken`);
  }
  return Buffer.concat(chunks);
}

/**
 * Read a request's body as text.
 *
 * @throws {BodyError} 413 over the limit
 */
export async function readText(request: IncomingMessage, limitBytes: number): Promise<string> {
  return (await readBody(request, limitBytes)).toString('utf8');
}

/**
 * Read a request's body as JSON.
 *
 * @throws {BodyError} 413 over the limit, 400 not JSON
 */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const text = await readText(request, limitBytes);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new BodyError(400, 'the body is not valid JSON');
  }
}

/** Answer with JSON. Does nothing if the answer has begun. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** The path and query of a request, whatever it wrote into its first line. */
export function requestUrl(request: IncomingMessage): URL {
  const target = request.url ?? '/';
  const base = 'http://localhost';
  return URL.canParse(target, base) ? new URL(target, base) : new URL('/', base);
}

/** The token of `Authorization: <scheme> <token>`; undefined if it is missing or of another scheme. */
export function authorization(request: IncomingMessage, scheme: string): string | undefined {
  const [given, token] = (request.headers.authorization ?? '').split(' ', 2);
  return given?.toLowerCase() === scheme.toLowerCase() && token ? token : undefined;
}
