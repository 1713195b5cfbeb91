import { setTimeout as delay } from 'node:timers/promises';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type HrTime,
  type Span,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  TraceIdRatioBasedSampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logger.ts';
import { CallIds } from './call-ids.ts';
import { reportingExporter } from './reporting-exporter.ts';
import type { Attributes, CallPlace, SpanOptions, Tracer, TraceSpan } from './span.ts';
import { rootSpanIdOf, traceIdOf } from './trace-id.ts';

export interface OtelTracerOptions {
  service: string;
  /** Base address of an OTLP receiver; `/v1/traces` is added. */
  endpoint: string;
  /** Share of calls that are traced, 0 to 1. */
  share: number;
  log: Logger;
  /** Instead of OTLP, for tests. */
  exporter?: SpanExporter;
  /** How long {@link Tracer.flush} may take. Default 2 000. */
  flushLimitMs?: number;
  /** How long one batch is tried for, retries included. Default 3 000. */
  exportLimitMs?: number;
}

/** Spans wait at most this long to be sent. */
const BATCH_MS = 2_000;
/** More than this many unsent spans are dropped: about 50 calls' worth, 4 MB. */
const MOST_WAITING = 4_096;
const EXPORT_LIMIT_MS = 3_000;
/** A process that ends waits so long for its last spans. */
const FLUSH_LIMIT_MS = 2_000;

const KINDS = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
} as const;

/**
 * A tracer that sends spans by OTLP over HTTP, in batches and in the background.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function startOtelTracer(options: OtelTracerOptions): Tracer {
  const { flushLimitMs = FLUSH_LIMIT_MS, exportLimitMs = EXPORT_LIMIT_MS } = options;
  const ids = new CallIds();
  const otlp = () =>
    new OTLPTraceExporter({
      url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`,
      timeoutMillis: exportLimitMs,
    });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'patchbay',
      'service.name': `patchbay-${options.service}`,
      'process.pid': process.pid,
    }),
    sampler: new TraceIdRatioBasedSampler(options.share),
    idGenerator: ids,
    spanProcessors: [
      new BatchSpanProcessor(reportingExporter(options.exporter ?? otlp(), options.log), {
        scheduledDelayMillis: BATCH_MS,
        exportTimeoutMillis: exportLimitMs,
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: 256,
      }),
    ],
  });
  const tracer = provider.getTracer('patchbay');
  const within = async (work: Promise<void>) => {
    // That it failed is in the log already.
    await Promise.race([
      work.catch(() => undefined),
      delay(flushLimitMs, undefined, { ref: false }),
    ]);
  };
  return {
    root: (place, name, given) => {
      const traceId = traceIdOf(place);
      const span = ids.next(traceId, rootSpanIdOf(traceId), () =>
        startSpan(tracer, ROOT_CONTEXT, name, given),
      );
      return new OtelSpan(tracer, span);
    },
    within: (place, name, given) =>
      new OtelSpan(tracer, startSpan(tracer, contextOf(place), name, given)),
    flush: () => within(provider.forceFlush()),
    close: () => within(provider.shutdown()),
  };
}

/** As if the root's process had sent its span along. */
function contextOf(place: CallPlace): Context {
  const traceId = traceIdOf(place);
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: rootSpanIdOf(traceId),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

function startSpan(
  tracer: OtelTracer,
  context: Context,
  name: string,
  { atMs = Date.now(), kind = 'internal', attributes = {} }: SpanOptions = {},
): Span {
  return tracer.startSpan(
    name,
    { startTime: hrTime(atMs), kind: KINDS[kind], attributes: given(attributes) },
    context,
  );
}

class OtelSpan implements TraceSpan {
  readonly #tracer: OtelTracer;
  readonly #span: Span;
  readonly #context: Context;

  constructor(tracer: OtelTracer, span: Span) {
    this.#tracer = tracer;
    this.#span = span;
    this.#context = trace.setSpan(ROOT_CONTEXT, span);
  }

  child(name: string, options?: SpanOptions): TraceSpan {
    return new OtelSpan(this.#tracer, startSpan(this.#tracer, this.#context, name, options));
  }

  step(name: string, fromMs: number, toMs: number, options?: Omit<SpanOptions, 'atMs'>): TraceSpan {
    const span = this.child(name, { ...options, atMs: fromMs });
    span.end({ atMs: Math.max(fromMs, toMs) });
    return span;
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(given(attributes));
  }

  event(name: string, attributes: Attributes = {}, atMs = Date.now()): void {
    this.#span.addEvent(name, given(attributes), hrTime(atMs));
  }

  end({ atMs = Date.now(), error }: { atMs?: number; error?: string } = {}): void {
    if (!this.#span.isRecording()) return;
    if (error !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    this.#span.end(hrTime(atMs));
  }
}

/** A plain number before the start of the process would be taken for a time since then. */
function hrTime(unixMs: number): HrTime {
  const seconds = Math.floor(unixMs / 1_000);
  return [seconds, Math.round((unixMs - seconds * 1_000) * 1e6)];
}

function given(attributes: Attributes): Record<string, string | number | boolean> {
  const known: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) known[name] = value;
  }
  return known;
}
