import { OBJECTIVES } from '@patchbay/common/budget';
import { resultsMatch } from '../call-results.ts';
import { orZero, quantile, sumRate } from '../promql.ts';
import { limitSeconds, MEASURED_STAGES } from '../stages.ts';
import type { RecordingRule, RuleGroup } from './rule.ts';

/** Windows that burn rates are taken over (Google, The Site Reliability Workbook, chapter 5). */
export const BURN_WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
export type BurnWindow = (typeof BURN_WINDOWS)[number];

/** Calls a second, over all doors, by whether they count or failed. */
function callRate(range: string, failed: boolean): string {
  const ours = failed ? resultsMatch('failed') : resultsMatch('good', 'failed');
  const sip = failed ? 'result="server_error"' : 'result=~"success|server_error"';
  return [
    sumRate('patchbay_bridge_calls_total', { range, match: ours }),
    sumRate('patchbay_api_web_calls_total', { range, match: ours }),
    sumRate('livekit_sip_calls_terminated', { range, match: sip }),
  ]
    .map(orZero)
    .join(' + ');
}

/** Answers a second. */
function turnRate(range: string): string {
  return sumRate('patchbay_agent_turn_seconds_count', { range, match: 'stage="agentTotal"' });
}

/** Those later than the budget allows at p95. */
function slowTurnRate(range: string): string {
  const match = `stage="agentTotal",le="${limitSeconds('agentTotal', 'p95')}"`;
  return `${turnRate(range)} - ${sumRate('patchbay_agent_turn_seconds_bucket', { range, match })}`;
}

const objectives: RuleGroup<RecordingRule> = {
  name: 'patchbay-objectives',
  rules: [
    {
      record: 'patchbay:objective:ratio',
      labels: { slo: 'available' },
      expr: `vector(${OBJECTIVES.available})`,
    },
    {
      record: 'patchbay:objective:ratio',
      labels: { slo: 'fast' },
      expr: `vector(${OBJECTIVES.fast})`,
    },
    ...BURN_WINDOWS.flatMap((range): RecordingRule[] => [
      { record: `patchbay:calls:rate${range}`, expr: callRate(range, false) },
      { record: `patchbay:calls_failed:rate${range}`, expr: callRate(range, true) },
      {
        record: `patchbay:calls_failed:ratio_rate${range}`,
        expr: `patchbay:calls_failed:rate${range} / patchbay:calls:rate${range}`,
      },
      { record: `patchbay:turns:rate${range}`, expr: turnRate(range) },
      { record: `patchbay:turns_slow:rate${range}`, expr: slowTurnRate(range) },
      {
        record: `patchbay:turns_slow:ratio_rate${range}`,
        expr: `patchbay:turns_slow:rate${range} / patchbay:turns:rate${range}`,
      },
    ]),
  ],
};

const stages: RuleGroup<RecordingRule> = {
  name: 'patchbay-stages',
  rules: MEASURED_STAGES.flatMap(({ stage, metric }) =>
    (['p50', 'p95'] as const).flatMap((name): RecordingRule[] => [
      {
        record: `patchbay:stage_seconds:${name}_10m`,
        labels: { stage },
        expr: quantile(name === 'p50' ? 0.5 : 0.95, metric.histogram, {
          range: '10m',
          match: metric.match,
          by: metric.by.filter((label) => label === 'door'),
        }),
      },
      {
        record: `patchbay:stage_budget_seconds:${name}`,
        labels: { stage },
        expr: `vector(${limitSeconds(stage, name)})`,
      },
    ]),
  ),
};

const ratios: RuleGroup<RecordingRule> = {
  name: 'patchbay-ratios',
  rules: [
    // A caller who gives up before the answer (487) says nothing about us.
    {
      record: 'patchbay:invites:rate5m',
      labels: { door: 'reach' },
      expr: sumRate('patchbay_bridge_invites_total', { range: '5m', match: 'status!="487"' }),
    },
    {
      record: 'patchbay:invites_answered:rate5m',
      labels: { door: 'reach' },
      expr: sumRate('patchbay_bridge_invites_total', { range: '5m', match: 'status="200"' }),
    },
    {
      record: 'patchbay:invites:rate5m',
      labels: { door: 'trunk' },
      expr: sumRate('livekit_sip_invite_requests', { range: '5m', match: 'dir="in"' }),
    },
    {
      record: 'patchbay:invites_answered:rate5m',
      labels: { door: 'trunk' },
      expr: sumRate('livekit_sip_invite_accepted', { range: '5m', match: 'dir="in"' }),
    },
  ],
};

/** Everything that is worked out in advance, in the order in which it has to be. */
export const RECORDING_GROUPS: readonly RuleGroup<RecordingRule>[] = [objectives, stages, ratios];
