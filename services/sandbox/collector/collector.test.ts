import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { silentLogger } from '@patchbay/common/logger';
import { startOtelTracer } from '@patchbay/common/tracing/otel-tracer';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spansOfProtobuf } from './otlp.ts';
import { ProtobufError } from './protobuf.ts';
import { SpanFile } from './span-file.ts';
import { startCollector, type Collector } from './start-collector.ts';

const CALL_ID = '0123456789abcdef8899aabbccddeeff';
const JSON_SPANS = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'patchbay-api' } }] },
      scopeSpans: [
        {
          scope: { name: 'patchbay' },
          spans: [
            {
              traceId: CALL_ID.toUpperCase(),
              spanId: '8899aabbccddeeff',
              name: 'web call',
              kind: 1,
              startTimeUnixNano: '1700000000123456789',
              endTimeUnixNano: '1700000001000000000',
              attributes: [
                { key: 'turns', value: { intValue: '3' } },
                { key: 'ok', value: { boolValue: false } },
              ],
              status: { code: 2, message: 'room-failed' },
            },
          ],
        },
      ],
    },
  ],
};

let folder = '';
let file: SpanFile;
let collector: Collector;
let url = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-collector-'));
  file = new SpanFile(folder);
  collector = await startCollector({ port: 0, file, log: silentLogger() });
  url = `http://127.0.0.1:${collector.port}`;
});
afterEach(async () => {
  await collector.close();
  rmSync(folder, { recursive: true });
});

function post(body: string | Buffer<ArrayBuffer>, headers: Record<string, string>) {
  return fetch(`${url}/v1/traces`, { method: 'POST', body, headers });
}

describe('the collector', () => {
  it('keeps what OpenTelemetry’s own exporter sends as protobuf', async () => {
    const tracer = startOtelTracer({
      service: 'bridge',
      endpoint: url,
      share: 1,
      log: silentLogger(),
    });
    const root = tracer.root({ callId: CALL_ID }, 'call', {
      atMs: 1_700_000_000_123.25,
      attributes: { 'patchbay.door': 'reach', turns: -2, mos: 4.25, ok: true },
    });
    root.event('provider switched', { to: 'groq' }, 1_700_000_000_500);
    root.child('llm openai', { kind: 'client', atMs: 1_700_000_000_200 }).end({
      atMs: 1_700_000_000_300,
      error: 'timeout',
    });
    root.end({ atMs: 1_700_000_002_000 });
    await tracer.close();
    expect(file.read()).toEqual([
      {
        traceId: CALL_ID,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        parentSpanId: CALL_ID.slice(16),
        service: 'patchbay-bridge',
        name: 'llm openai',
        client: true,
        startMs: 1_700_000_000_200,
        endMs: 1_700_000_000_300,
        attributes: {},
        events: [],
        error: 'timeout',
      },
      {
        traceId: CALL_ID,
        spanId: CALL_ID.slice(16),
        service: 'patchbay-bridge',
        name: 'call',
        client: false,
        startMs: 1_700_000_000_123.25,
        endMs: 1_700_000_002_000,
        attributes: { 'patchbay.door': 'reach', turns: -2, mos: 4.25, ok: true },
        events: [
          { name: 'provider switched', atMs: 1_700_000_000_500, attributes: { to: 'groq' } },
        ],
      },
    ]);
  });

  it.each(['plain', 'gzipped'])('keeps what is sent as JSON, %s', async (how) => {
    const text = JSON.stringify(JSON_SPANS);
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const response =
      how === 'plain'
        ? await post(text, headers)
        : await post(Buffer.from(gzipSync(text)), { ...headers, 'content-encoding': 'gzip' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({});
    expect(file.read()).toMatchObject([
      {
        traceId: CALL_ID,
        service: 'patchbay-api',
        startMs: 1_700_000_000_123.456,
        attributes: { turns: 3, ok: false },
        error: 'room-failed',
      },
    ]);
  });

  it.each([
    ['{', 'application/json', 400],
    ['{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}', 'application/json', 400],
    ['not protobuf', 'application/x-protobuf', 400],
    ['{}', 'text/plain', 415],
  ])('refuses %s as %s with %i and words', async (body, contentType, status) => {
    const response = await post(body, { 'content-type': contentType });
    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).not.toBe('');
    expect(file.read()).toEqual([]);
  });

  it('can be read while it writes', async () => {
    await post(JSON.stringify(JSON_SPANS), { 'content-type': 'application/json' });
    appendFileSync(join(folder, 'traces.jsonl'), '{"traceId":"0123');
    expect(file.read()).toHaveLength(1);
  });

  it('takes traces and nothing else', async () => {
    expect((await fetch(`${url}/v1/metrics`, { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await fetch(`${url}/v1/traces`)).status).toBe(404);
  });
});

it('any bytes are a request or refused as none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        spansOfProtobuf(Buffer.from(bytes));
      } catch (error) {
        expect(error instanceof ProtobufError || (error as Error).name === 'ZodError').toBe(true);
      }
    }),
  );
});
