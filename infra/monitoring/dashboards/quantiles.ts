import { quantile } from '../promql.ts';
import { RATE, type Query } from './panels.ts';

/** p50 and p95 of a histogram, by these labels. */
export function p50p95(histogram: string, match = '', by: readonly string[] = []): Query[] {
  const labels = by.map((label) => ` {{${label}}}`).join('');
  return [0.5, 0.95].map((q) => ({
    expr: quantile(q, histogram, { range: RATE, match, by }),
    legend: `p${q * 100}${labels}`,
  }));
}
