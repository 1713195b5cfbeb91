import { createServer, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { Logger } from '@patchbay/common/logger';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { z } from 'zod';
import { BodyError, readBody, requestUrl, sendJson } from '../http/json-http.ts';
import { spansOfJson, spansOfProtobuf } from './otlp.ts';
import { ProtobufError } from './protobuf.ts';
import type { SpanFile } from './span-file.ts';
import type { StoredSpan } from './stored-span.ts';

export interface CollectorOptions {
  /** 0 takes a free port. */
  port: number;
  file: SpanFile;
  log: Logger;
}

export interface Collector {
  readonly port: number;
  close(): Promise<void>;
}

const MOST_BYTES = 8_000_000;

/**
 * Stands in for an OpenTelemetry collector on a laptop: takes traces by OTLP over HTTP, as protobuf or
 * JSON, plain or gzipped, and keeps them in a file. Metrics and logs it does not take.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const server = createServer((request, response) => {
    receive(request).then(
      ({ spans, contentType }) => {
        options.file.add(spans);
        // An empty ExportTraceServiceResponse.
        response.writeHead(200, { 'content-type': contentType });
        response.end(contentType === 'application/json' ? '{}' : '');
      },
      (error: unknown) => {
        const { status, message } = refusalOf(error);
        if (status === 500) options.log.error({ err: error }, 'spans could not be kept');
        sendJson(response, status, { message });
      },
    );
  });
  const port = await listen(server, options.port, '127.0.0.1');
  return { port, close: () => closeServer(server) };
}

async function receive(
  request: IncomingMessage,
): Promise<{ spans: StoredSpan[]; contentType: string }> {
  const body = await readBody(request, MOST_BYTES);
  if (requestUrl(request).pathname !== '/v1/traces' || request.method !== 'POST') {
    throw new BodyError(404, 'only POST /v1/traces is served here');
  }
  const bytes =
    request.headers['content-encoding'] === 'gzip'
      ? gunzipSync(body, { maxOutputLength: MOST_BYTES })
      : body;
  const contentType = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
  switch (contentType) {
    case 'application/x-protobuf':
      return { spans: spansOfProtobuf(bytes), contentType };
    case 'application/json':
      return { spans: spansOfJson(JSON.parse(bytes.toString('utf8'))), contentType };
    default:
      throw new BodyError(415, 'Content-Type must be application/x-protobuf or application/json');
  }
}

function refusalOf(error: unknown): { status: number; message: string } {
  if (error instanceof BodyError) return error;
  if (error instanceof z.ZodError) return { status: 400, message: z.prettifyError(error) };
  const isTheirs =
    error instanceof ProtobufError ||
    error instanceof SyntaxError ||
    (error as NodeJS.ErrnoException).code?.startsWith('Z_') ||
    (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
  if (isTheirs) return { status: 400, message: (error as Error).message };
  return { status: 500, message: 'internal error' };
}
