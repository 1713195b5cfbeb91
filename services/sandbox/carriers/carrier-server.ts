import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to a stand-in, read whole. */
export interface CarrierRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** The body as text. */
  text: string;
  contentType: string;
}

/** Stand-ins answer with a status and JSON, or with nothing. */
export interface CarrierAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface CarrierServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** `GET /v1/Trunks`, in order; without queries. */
  readonly requests: readonly string[];
  /** Answer the next `times` requests like this. */
  failNext(answer: CarrierAnswer, times?: number): void;
  close(): Promise<void>;
}

const BODY_LIMIT = 100_000;

/**
 * HTTP server on loopback with basic authentication; the base of the carriers' stand-ins.
 *
 * @param unauthorized the carrier's answer to a wrong user or password
 */
export async function startCarrierServer(options: {
  user: string;
  password: string;
  unauthorized: CarrierAnswer;
  answer: (request: CarrierRequest) => CarrierAnswer;
}): Promise<CarrierServer> {
  const requests: string[] = [];
  const failures: CarrierAnswer[] = [];
  const wanted = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const method = request.method ?? 'GET';
      requests.push(`${method} ${url.pathname}`);
      const answer =
        failures.shift() ??
        (request.headers.authorization === wanted
          ? options.answer({
              method,
              path: decodeURIComponent(url.pathname),
              query: url.searchParams,
              text,
              contentType: request.headers['content-type'] ?? '',
            })
          : options.unauthorized);
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    failNext(answer, times = 1) {
      for (let i = 0; i < times; i++) failures.push(answer);
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (text.length < BODY_LIMIT) text += chunk.toString('utf8');
  }
  return text;
}
