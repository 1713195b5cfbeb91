import { OBJECTIVES } from '@patchbay/common/budget';
import { orZero, quantile, sumRate } from '../promql.ts';
import { resultsMatch } from '../call-results.ts';
import { budgetLines, dashboard, figure, graph, RATE } from './panels.ts';
import { p50p95 } from './quantiles.ts';

const counted = resultsMatch('good', 'failed');
const window = `${OBJECTIVES.windowDays}d`;

/** Share of the error budget that is left. */
function budgetLeft(bad: string, all: string, objective: number): string {
  const share = `sum_over_time(${bad}:rate5m[${window}]) / sum_over_time(${all}:rate5m[${window}])`;
  return `1 - (${share}) / ${Number((1 - objective).toPrecision(6))}`;
}

/** How many times faster than allowed the budget is used. */
function burn(ratio: string, objective: number): string {
  return `${ratio}_rate1h / ${Number((1 - objective).toPrecision(6))}`;
}

export const overview = dashboard({
  uid: 'patchbay-overview',
  title: 'Patchbay / Overview',
  description:
    'Are callers served? Traffic, failures, latency, saturation, and what is left of the error budgets.',
  rows: [
    {
      title: 'Promises',
      panels: [
        figure({
          title: 'Error budget left: available',
          unit: 'percentunit',
          description: `${OBJECTIVES.available * 100} % of calls over ${OBJECTIVES.windowDays} days.`,
          goodAbove: true,
          lines: [
            { at: 0, color: 'red' },
            { at: 0.25, color: 'orange' },
          ],
          queries: [
            {
              expr: budgetLeft('patchbay:calls_failed', 'patchbay:calls', OBJECTIVES.available),
              legend: 'left',
            },
          ],
        }),
        figure({
          title: 'Error budget left: fast',
          unit: 'percentunit',
          description: `${OBJECTIVES.fast * 100} % of answers within the budget's p95, over ${OBJECTIVES.windowDays} days.`,
          goodAbove: true,
          lines: [
            { at: 0, color: 'red' },
            { at: 0.25, color: 'orange' },
          ],
          queries: [
            {
              expr: budgetLeft('patchbay:turns_slow', 'patchbay:turns', OBJECTIVES.fast),
              legend: 'left',
            },
          ],
        }),
        graph({
          title: 'Budget burn over an hour',
          unit: 'short',
          description: '1 uses the budget up in exactly its 30 days. Above 6 somebody is woken.',
          lines: [
            { at: 1, color: 'orange' },
            { at: 6, color: 'red' },
          ],
          queries: [
            {
              expr: burn('patchbay:calls_failed:ratio', OBJECTIVES.available),
              legend: 'available',
            },
            { expr: burn('patchbay:turns_slow:ratio', OBJECTIVES.fast), legend: 'fast' },
          ],
        }),
        figure({
          title: 'Alerts firing',
          unit: 'short',
          lines: [{ at: 1, color: 'red' }],
          queries: [
            {
              expr: 'count(ALERTS{alertstate="firing",severity!=""}) or vector(0)',
              legend: 'alerts',
            },
          ],
        }),
        figure({
          title: 'Parts that answer',
          unit: 'short',
          description: 'Pods of each part that Prometheus reaches.',
          goodAbove: true,
          lines: [{ at: 1, color: 'red' }],
          queries: [{ expr: 'sum by (part) (up{part!=""})', legend: '{{part}}' }],
        }),
      ],
    },
    {
      title: 'Golden signals',
      panels: [
        graph({
          title: 'Calls now',
          unit: 'short',
          stacked: true,
          queries: [
            { expr: 'sum(patchbay_bridge_calls_active)', legend: 'reach' },
            { expr: 'sum(patchbay_api_open_calls)', legend: 'web' },
            { expr: orZero('sum(livekit_sip_calls_active)'), legend: 'trunk' },
          ],
        }),
        graph({
          title: 'Calls ended a minute',
          unit: 'reqpm',
          queries: [
            {
              expr: `${sumRate('patchbay_bridge_calls_total', { range: RATE })} * 60`,
              legend: 'reach',
            },
            {
              expr: `${sumRate('patchbay_api_web_calls_total', { range: RATE })} * 60`,
              legend: 'web',
            },
            {
              expr: `${orZero(sumRate('livekit_sip_calls_terminated', { range: RATE }))} * 60`,
              legend: 'trunk',
            },
          ],
        }),
        graph({
          title: 'Calls that failed',
          unit: 'percentunit',
          description: 'Refused or ended by a fault of ours, of those that count.',
          lines: [{ at: 1 - OBJECTIVES.available, color: 'red' }],
          queries: [
            {
              expr:
                `${sumRate('patchbay_bridge_calls_total', { range: RATE, match: resultsMatch('failed') })}` +
                ` / ${sumRate('patchbay_bridge_calls_total', { range: RATE, match: counted })}`,
              legend: 'reach',
            },
            {
              expr:
                `${sumRate('patchbay_api_web_calls_total', { range: RATE, match: resultsMatch('failed') })}` +
                ` / ${sumRate('patchbay_api_web_calls_total', { range: RATE, match: counted })}`,
              legend: 'web',
            },
          ],
        }),
        graph({
          title: 'Answers: end of speech to first sound, in the agent',
          unit: 's',
          lines: budgetLines('agentTotal'),
          queries: p50p95('patchbay_agent_turn_seconds', 'stage="agentTotal"', ['door']),
        }),
        graph({
          title: 'Voice quality (MOS, worst tenth)',
          unit: 'short',
          goodAbove: true,
          lines: [
            { at: 3.6, color: 'red' },
            { at: 4.03, color: 'orange' },
          ],
          queries: [
            {
              expr: quantile(0.1, 'patchbay_bridge_mos', { range: RATE, by: ['direction'] }),
              legend: '{{direction}}',
            },
          ],
        }),
        graph({
          title: 'Saturation',
          unit: 'percentunit',
          lines: [{ at: 0.8, color: 'red' }],
          queries: [
            {
              expr: 'sum(patchbay_agent_jobs_active) / sum(patchbay_agent_jobs_max)',
              legend: 'agents’ places',
            },
            {
              expr: 'max((patchbay_bridge_rtp_ports_used + patchbay_bridge_rtp_ports_resting) / patchbay_bridge_rtp_ports_total)',
              legend: 'RTP ports',
            },
          ],
        }),
      ],
    },
  ],
});
