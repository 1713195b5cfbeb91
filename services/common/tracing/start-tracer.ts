import { z } from 'zod';
import { urlVariable } from '../env-config.ts';
import type { Logger } from '../logger.ts';
import { NO_TRACER, type Tracer } from './span.ts';

/** Variables of OpenTelemetry's own specification; `OTEL_EXPORTER_OTLP_HEADERS` is read by its library. */
export const tracingVariables = {
  /** Where traces go by OTLP over HTTP, for example `http://collector:4318`. No traces if not set. */
  OTEL_EXPORTER_OTLP_ENDPOINT: urlVariable(['http', 'https']).optional(),
  /** Share of calls that are traced. The trace's id decides, so all parts agree on each call. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number({ error: 'must be a number from 0 to 1' })
    .min(0, 'must be from 0 to 1')
    .max(1, 'must be from 0 to 1')
    .default(1),
};

export type TracingConfig = z.output<z.ZodObject<typeof tracingVariables>>;

export interface StartTracerOptions {
  /** Name of the process, as in its log. */
  service: string;
  config: TracingConfig;
  log: Logger;
}

/** A tracer as configured. OpenTelemetry is loaded only if traces are wanted. */
export async function startTracer(options: StartTracerOptions): Promise<Tracer> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share } = options.config;
  if (endpoint === undefined) return NO_TRACER;
  const { startOtelTracer } = await import('./otel-tracer.ts');
  return startOtelTracer({ service: options.service, endpoint, share, log: options.log });
}
