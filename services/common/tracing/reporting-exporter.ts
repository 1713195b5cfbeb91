import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logger.ts';

/** A receiver that is away is told of so often. */
const REPORT_EVERY_MS = 60_000;

/**
 * The same exporter, which says in the log when spans can't be sent and when they can again. Spans
 * that were not sent are lost: nothing waits for a trace.
 */
export function reportingExporter(exporter: SpanExporter, log: Logger): SpanExporter {
  let lost = 0;
  let toldAtMs = -Infinity;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined;
        if (failed) {
          lost += spans.length;
          if (performance.now() - toldAtMs >= REPORT_EVERY_MS) {
            toldAtMs = performance.now();
            log.warn({ lostSpans: lost, reason: result.error?.message }, 'traces can not be sent');
          }
        } else if (lost > 0) {
          log.info({ lostSpans: lost }, 'traces can be sent again');
          lost = 0;
          toldAtMs = -Infinity;
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
