import { BUDGET, type StageName } from '@patchbay/common/budget';
import { z } from 'zod';
import { DOORS, STAGE_TRENDS } from '../budget.ts';
import { tenth } from './figures.ts';
import type { BudgetRow, OtherThreshold } from './report.ts';

/** What `handleSummary` is given, as far as it is read here. */
const summarySchema = z.object({
  metrics: z.record(
    z.string(),
    z.object({
      values: z.record(z.string(), z.number().nullable()),
      thresholds: z.record(z.string(), z.object({ ok: z.boolean() })).optional(),
    }),
  ),
});
export type K6Summary = z.output<typeof summarySchema>;

/** @throws ZodError if it is no summary of k6 */
export function parseSummary(text: string): K6Summary {
  return summarySchema.parse(JSON.parse(text));
}

const STAGE_OF_TREND = new Map(
  Object.entries(STAGE_TRENDS).map(([stage, trend]) => [trend as string, stage as StageName]),
);
const SUB_METRIC = /^(\w+)\{door:(web|trunk|reach)(?:,phase:([\w-]+))?\}$/;

/** The budget table as k6 judged it. Stages of which nothing was measured are left out. */
export function budgetOfSummary(summary: K6Summary): BudgetRow[] {
  const rows = Object.entries(summary.metrics).flatMap(([key, { values, thresholds }]) => {
    const [, trend = '', door, phase] = SUB_METRIC.exec(key) ?? [];
    const stage = STAGE_OF_TREND.get(trend);
    const { count, 'p(50)': p50, 'p(95)': p95 } = values;
    if (!stage || !door || !thresholds || !count || p50 == null || p95 == null) return [];
    const p50LimitMs = limitOf(thresholds, 'p(50)');
    const row: BudgetRow = {
      stage,
      door: door as BudgetRow['door'],
      ...(phase === undefined ? {} : { phase }),
      count,
      p50Ms: tenth(p50),
      p95Ms: tenth(p95),
      ...(p50LimitMs === undefined ? {} : { p50LimitMs }),
      limitMs: limitOf(thresholds, 'p(95)') ?? BUDGET[stage].p95Ms,
      ok: Object.values(thresholds).every(({ ok }) => ok),
    };
    return [row];
  });
  const order = Object.keys(BUDGET);
  return rows.sort(
    (a, b) =>
      DOORS.indexOf(a.door) - DOORS.indexOf(b.door) ||
      order.indexOf(a.stage) - order.indexOf(b.stage),
  );
}

/** The limit that k6 judged by, in ms; undefined if that percentile was not judged. */
function limitOf(thresholds: object, percentile: 'p(50)' | 'p(95)'): number | undefined {
  const [, limit] =
    Object.keys(thresholds)
      .map((text) => text.split('<='))
      .find(([statistic]) => statistic === percentile) ?? [];
  return limit === undefined ? undefined : Number(limit);
}

/** Every other threshold of the script. */
export function otherThresholds(summary: K6Summary): OtherThreshold[] {
  return Object.entries(summary.metrics).flatMap(([name, { values, thresholds = {} }]) => {
    const [, trend = ''] = SUB_METRIC.exec(name) ?? [];
    if (STAGE_OF_TREND.has(trend)) return [];
    return Object.entries(thresholds).map(([limit, { ok }]) => {
      const [, statistic = ''] = /^\s*([\w()]+)\s*[<>=!]/.exec(limit) ?? [];
      // A rate of nothing passes every limit.
      if (values['passes'] === 0 && values['fails'] === 0)
        return { name, limit, value: undefined, ok: false };
      return { name, limit, value: values[statistic] ?? undefined, ok };
    });
  });
}
