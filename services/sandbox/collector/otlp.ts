import { z } from 'zod';
import { readMessage, type Message } from './protobuf.ts';
import type { AttributeValue, StoredSpan } from './stored-span.ts';

/**
 * OTLP's ExportTraceServiceRequest in both of its encodings, in the few fields that are kept.
 * @see https://github.com/open-telemetry/opentelemetry-proto (trace/v1/trace.proto, common/v1/common.proto)
 */
const valueSchema = z.object({
  stringValue: z.string().optional(),
  boolValue: z.union([z.boolean(), z.number()]).optional(),
  intValue: z.coerce.number().optional(),
  doubleValue: z.number().optional(),
});
const attributesSchema = z
  .array(z.object({ key: z.string(), value: valueSchema.default({}) }))
  .default([]);
/** Unix ns: a string of digits in JSON, a number of 64 bits in protobuf. */
const timeSchema = z
  .union([z.string(), z.number(), z.bigint()])
  .transform((value) => BigInt(value));
const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(''),
  name: z.string().default(''),
  kind: z.number().default(0),
  startTimeUnixNano: timeSchema,
  endTimeUnixNano: timeSchema,
  attributes: attributesSchema,
  events: z
    .array(
      z.object({
        timeUnixNano: timeSchema,
        name: z.string().default(''),
        attributes: attributesSchema,
      }),
    )
    .default([]),
  status: z
    .object({ code: z.number().default(0), message: z.string().default('') })
    .default({ code: 0, message: '' }),
});
const requestSchema = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes: attributesSchema }).default({ attributes: [] }),
        scopeSpans: z.array(z.object({ spans: z.array(spanSchema).default([]) })).default([]),
      }),
    )
    .default([]),
});

const VALUE: Message = {
  1: { name: 'stringValue', read: 'string' },
  2: { name: 'boolValue', read: 'varint' },
  3: { name: 'intValue', read: 'varint' },
  4: { name: 'doubleValue', read: 'double' },
};
const KEY_VALUE: Message = {
  1: { name: 'key', read: 'string' },
  2: { name: 'value', read: VALUE },
};
const EVENT: Message = {
  1: { name: 'timeUnixNano', read: 'fixed64' },
  2: { name: 'name', read: 'string' },
  3: { name: 'attributes', read: KEY_VALUE, repeated: true },
};
const STATUS: Message = {
  2: { name: 'message', read: 'string' },
  3: { name: 'code', read: 'varint' },
};
const SPAN: Message = {
  1: { name: 'traceId', read: 'hex' },
  2: { name: 'spanId', read: 'hex' },
  4: { name: 'parentSpanId', read: 'hex' },
  5: { name: 'name', read: 'string' },
  6: { name: 'kind', read: 'varint' },
  7: { name: 'startTimeUnixNano', read: 'fixed64' },
  8: { name: 'endTimeUnixNano', read: 'fixed64' },
  9: { name: 'attributes', read: KEY_VALUE, repeated: true },
  11: { name: 'events', read: EVENT, repeated: true },
  15: { name: 'status', read: STATUS },
};
const RESOURCE: Message = { 1: { name: 'attributes', read: KEY_VALUE, repeated: true } };
const SCOPE_SPANS: Message = { 2: { name: 'spans', read: SPAN, repeated: true } };
const RESOURCE_SPANS: Message = {
  1: { name: 'resource', read: RESOURCE },
  2: { name: 'scopeSpans', read: SCOPE_SPANS, repeated: true },
};
const REQUEST: Message = { 1: { name: 'resourceSpans', read: RESOURCE_SPANS, repeated: true } };

/** SPAN_KIND_CLIENT and STATUS_CODE_ERROR. */
const CLIENT = 3;
const ERROR = 2;

/** @throws {ProtobufError | z.ZodError} */
export function spansOfProtobuf(bytes: Buffer): StoredSpan[] {
  return spansOf(readMessage(bytes, REQUEST));
}

/** @throws {z.ZodError} */
export function spansOfJson(body: unknown): StoredSpan[] {
  return spansOf(body);
}

function spansOf(request: unknown): StoredSpan[] {
  return requestSchema.parse(request).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(plain(resource.attributes)['service.name'] ?? 'unknown');
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => stored(span, service)));
  });
}

function stored(span: z.output<typeof spanSchema>, service: string): StoredSpan {
  const { status } = span;
  return {
    traceId: span.traceId.toLowerCase(),
    spanId: span.spanId.toLowerCase(),
    ...(span.parentSpanId === '' ? {} : { parentSpanId: span.parentSpanId.toLowerCase() }),
    service,
    name: span.name,
    client: span.kind === CLIENT,
    startMs: unixMs(span.startTimeUnixNano),
    endMs: unixMs(span.endTimeUnixNano),
    attributes: plain(span.attributes),
    events: span.events.map(({ name, timeUnixNano, attributes }) => ({
      name,
      atMs: unixMs(timeUnixNano),
      attributes: plain(attributes),
    })),
    ...(status.code === ERROR ? { error: status.message || 'failed' } : {}),
  };
}

function unixMs(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000n) / 1_000;
}

/** Lists and maps are left out: nothing of ours has any. */
function plain(attributes: z.output<typeof attributesSchema>): Record<string, AttributeValue> {
  const known: Record<string, AttributeValue> = {};
  for (const { key, value } of attributes) {
    const { stringValue, boolValue, intValue, doubleValue } = value;
    const given =
      stringValue ?? intValue ?? doubleValue ?? (boolValue === undefined ? undefined : !!boolValue);
    if (given !== undefined) known[key] = given;
  }
  return known;
}
