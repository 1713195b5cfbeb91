import {
  Histogram,
  type HistogramConfiguration,
  type LabelValues,
  type Registry,
} from 'prom-client';
import type { CallPlace } from './tracing/span.ts';
import { traceIdOf } from './tracing/trace-id.ts';

/** A histogram whose buckets each name the trace of their latest value, as OpenMetrics exemplars. */
export function exemplarHistogram<Label extends string = never>(
  registry: Registry,
  config: Omit<HistogramConfiguration<Label>, 'registers' | 'enableExemplars'>,
): Histogram<Label> {
  // prom-client lets such a histogram into registries of OpenMetrics only, if it puts it there itself;
  // ours speak both, see scrape.ts.
  const histogram = new Histogram<Label>({ ...config, registers: [], enableExemplars: true });
  registry.registerMetric(histogram);
  return histogram;
}

/**
 * Count a value that belongs to a call. The exemplar is there also when no traces are sent, for the
 * trace's id leads to the call's log lines as well.
 *
 * @param histogram made by {@link exemplarHistogram}
 */
export function observeCall<Label extends string>(
  histogram: Histogram<Label>,
  place: CallPlace,
  value: number,
  labels: LabelValues<Label> = {},
): void {
  // The types know no labels of exemplars but the histogram's own.
  const exemplarLabels = { trace_id: traceIdOf(place) } as LabelValues<never>;
  histogram.observe({ labels, value, exemplarLabels });
}
