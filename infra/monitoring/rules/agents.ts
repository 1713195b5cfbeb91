import { quantile, sumIncrease, sumRate } from '../promql.ts';
import { limitSeconds } from '../stages.ts';
import type { AlertRule, RuleGroup } from './rule.ts';

/** A stage may be so much over its budget before somebody looks. */
const DRIFT = 1.2;
const LEAST_TURNS = 20;

/** How fast agents answer, and whether there are enough of them. */
export const AGENT_ALERTS: RuleGroup<AlertRule> = {
  name: 'patchbay-agents',
  rules: [
    {
      alert: 'AnswersSlow',
      expr:
        `${quantile(0.5, 'patchbay_agent_turn_seconds', { range: '10m', match: 'stage="agentTotal"' })}` +
        ` > ${limitSeconds('agentTotal', 'p50')}` +
        ` and ${sumIncrease('patchbay_agent_turn_seconds_count', { range: '10m', match: 'stage="agentTotal"' })} > ${LEAST_TURNS}`,
      for: '10m',
      severity: 'warning',
      summary: 'Half of the answers take more than {{ $value | humanizeDuration }}.',
    },
    {
      alert: 'StageOverBudget',
      expr: `patchbay:stage_seconds:p95_10m > on (stage) group_left () (${DRIFT} * patchbay:stage_budget_seconds:p95)`,
      for: '15m',
      severity: 'warning',
      summary:
        'The stage {{ $labels.stage }} takes {{ $value | humanizeDuration }} (p95) at the door {{ $labels.door }}.',
    },
    {
      alert: 'AgentsNearlyFull',
      expr: 'sum(patchbay_agent_jobs_active) / sum(patchbay_agent_jobs_max) > 0.8',
      for: '5m',
      severity: 'warning',
      summary: '{{ $value | humanizePercentage }} of the agents’ places are taken.',
    },
    {
      alert: 'AgentsFull',
      expr: 'sum(patchbay_agent_jobs_max) - sum(patchbay_agent_jobs_active) < 1',
      for: '1m',
      severity: 'critical',
      summary: 'No agent has a place left: callers are turned away.',
    },
    {
      alert: 'AgentStartSlow',
      expr: `${quantile(0.95, 'patchbay_agent_job_start_seconds', { range: '30m' })} > 5`,
      for: '10m',
      severity: 'warning',
      summary: 'A job process needs {{ $value | humanizeDuration }} to start (p95).',
    },
    {
      alert: 'AgentJobsCrash',
      expr: `${sumIncrease('patchbay_agent_jobs_total', { range: '15m', match: 'result=~"crashed|internal-error"' })} > 0.5`,
      severity: 'critical',
      summary: '{{ $value | humanize }} agents died in the middle of a call.',
    },
    {
      alert: 'ProviderReplaced',
      expr: `${sumIncrease('patchbay_agent_provider_switches_total', { range: '15m', match: 'reason!="recovered"', by: ['stage', 'from', 'to'] })} > 3`,
      for: '5m',
      severity: 'warning',
      summary:
        '{{ $labels.to }} had to do {{ $labels.stage }} for {{ $labels.from }} {{ $value | humanize }} times.',
    },
    {
      alert: 'ProviderFails',
      expr:
        `${sumRate('patchbay_agent_provider_errors_total', { range: '5m', by: ['provider', 'stage'] })}` +
        ` / on () group_left () ${sumRate('patchbay_agent_jobs_total', { range: '5m' })} > 0.02` +
        ` and ${sumIncrease('patchbay_agent_provider_errors_total', { range: '5m', by: ['provider', 'stage'] })} > 1`,
      for: '5m',
      severity: 'critical',
      summary:
        '{{ $labels.provider }} fails as {{ $labels.stage }} in {{ $value | humanizePercentage }} of calls.',
    },
  ],
};
