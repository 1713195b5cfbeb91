import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';

export interface Endpoint {
  /** `https://127.0.0.1:…` */
  url: string;
  /** PEM texts: the authority of the server, and who we are. */
  ca: string | undefined;
  certificate: string | undefined;
  key: string | undefined;
}

export interface KubeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  body?: unknown;
  /** Default: application/json. */
  contentType?: string;
  /** Act as this user, to see what RBAC gives them. */
  asUser?: string;
}

export interface KubeResponse<T> {
  body: T;
  /** What the server warned of, such as Pod Security in warn mode or deprecated versions. */
  warnings: string[];
}

/** A refusal by the API server. */
export class KubeError extends Error {
  readonly code: number;
  /** Kubernetes' word for it, such as `Forbidden`, `Invalid`, `NotFound`, `TooManyRequests`. */
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.name = 'KubeError';
    this.code = code;
    this.reason = reason;
  }
}

/** JSON over HTTPS to an API server, with kept connections. */
export class KubeTransport {
  readonly #endpoint: Endpoint;
  readonly #agent: Agent;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    const { ca, certificate: cert, key } = endpoint;
    this.#agent = new Agent({ keepAlive: true, ca, cert, key });
  }

  /** @throws KubeError when the server refuses */
  async send<T>(options: KubeRequest): Promise<KubeResponse<T>> {
    const response = await this.#open(options);
    const text = await readAll(response);
    if ((response.statusCode ?? 0) >= 400) throw refusal(response.statusCode ?? 0, text);
    // /readyz and its like answer in words; the index of OpenAPI is JSON that calls itself text.
    const isJson = /^[{[]/.test(text);
    return { body: (isJson ? JSON.parse(text) : text) as T, warnings: warningsOf(response) };
  }

  /**
   * The lines of an answer that goes on, such as a watch, until the server ends it.
   * @throws AbortError when `signal` is aborted
   */
  async *lines(options: KubeRequest, signal: AbortSignal): AsyncGenerator<unknown> {
    const response = await this.#open(options, signal);
    if ((response.statusCode ?? 0) >= 400) {
      throw refusal(response.statusCode ?? 0, await readAll(response));
    }
    response.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(options: KubeRequest, signal?: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(options.path, this.#endpoint.url);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const settings: RequestOptions = {
      method: options.method,
      agent: this.#agent,
      headers: {
        accept: 'application/json',
        ...(body === undefined
          ? {}
          : {
              'content-type': options.contentType ?? 'application/json',
              // Node sends none with DELETE, and the body would be read as the next request.
              'content-length': String(Buffer.byteLength(body)),
            }),
        ...(options.asUser === undefined ? {} : { 'impersonate-user': options.asUser }),
      },
      ...(signal ? { signal } : {}),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, settings, resolve);
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Warning headers: `299 - "text"`, with quotes in the text escaped (RFC 9111, section 5.5). */
function warningsOf(response: IncomingMessage): string[] {
  const header = response.headers['warning'];
  const joined = Array.isArray(header) ? header.join(', ') : (header ?? '');
  return [...joined.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replaceAll(/\\(.)/g, '$1'),
  );
}

function refusal(code: number, text: string): KubeError {
  try {
    const status = JSON.parse(text) as StatusBody;
    // An eviction says why in its causes only.
    const causes = status.details?.causes?.map(({ message }) => message ?? '') ?? [];
    const untold = causes.filter((cause) => !(status.message ?? '').includes(cause));
    const message = [status.message ?? text, ...untold].join(' ');
    return new KubeError(code, status.reason ?? 'Unknown', message);
  } catch {
    return new KubeError(code, 'Unknown', text);
  }
}

interface StatusBody {
  message?: string;
  reason?: string;
  details?: { causes?: { message?: string }[] };
}
