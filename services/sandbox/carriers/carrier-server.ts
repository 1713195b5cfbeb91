import { createServer, type IncomingMessage } from 'node:http';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { authorization, BodyError, readText, requestUrl } from '../http/json-http.ts';

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
  const wanted = Buffer.from(`${options.user}:${options.password}`).toString('base64');
  const answerTo = (request: IncomingMessage, text: string): CarrierAnswer => {
    const url = requestUrl(request);
    const method = request.method ?? 'GET';
    requests.push(`${method} ${url.pathname}`);
    const failure = failures.shift();
    if (failure) return failure;
    if (authorization(request, 'Basic') !== wanted) return options.unauthorized;
    return options.answer({
      method,
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      text,
      contentType: request.headers['content-type'] ?? '',
    });
  };
  const server = createServer((request, response) => {
    readText(request, BODY_LIMIT)
      .then((text) => answerTo(request, text))
      .catch((error: unknown) => ({
        status: error instanceof BodyError ? error.status : 400,
        body: { message: String(error) },
      }))
      .then(({ status, headers, body }: CarrierAnswer) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(body === undefined ? '' : JSON.stringify(body));
      })
      .catch((error: unknown) => response.destroy(error as Error));
  });
  const port = await listen(server, 0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    failNext(answer, times = 1) {
      for (let i = 0; i < times; i++) failures.push(answer);
    },
    close: () => closeServer(server),
  };
}
