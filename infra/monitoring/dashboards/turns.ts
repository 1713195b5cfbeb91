import { BUDGET, type StageName } from '@patchbay/common/budget';
import { select, sumRate } from '../promql.ts';
import { budgetLines, dashboard, graph, RATE } from './panels.ts';
import { p50p95 } from './quantiles.ts';

const chosen = 'door=~"$door",agent=~"$agent"';
const turns = 'patchbay_agent_turn_seconds';
const STAGES: readonly StageName[] = ['agentTotal', 'endOfTurn', 'stt', 'llm', 'tts'];
const BY_PROVIDER: readonly StageName[] = ['stt', 'llm', 'tts'];

export const turnLatency = dashboard({
  uid: 'patchbay-turns',
  title: 'Patchbay / Turn latency',
  description:
    'Where the time goes between the caller’s last word and the agent’s first, by stage and by provider.',
  choices: {
    door: select(`${turns}_count`),
    agent: select(`${turns}_count`),
  },
  rows: [
    {
      title: 'By stage and door (dashed: the budget’s p50 and p95)',
      panels: STAGES.map((stage) =>
        graph({
          title: BUDGET[stage].title,
          unit: 's',
          description: BUDGET[stage].measuredBy,
          lines: budgetLines(stage),
          queries: p50p95(turns, `stage="${stage}",${chosen}`, ['door']),
        }),
      ),
    },
    {
      title: 'By provider',
      panels: BY_PROVIDER.map((stage) =>
        graph({
          title: `${BUDGET[stage].title} by provider`,
          unit: 's',
          lines: budgetLines(stage),
          queries: p50p95(turns, `stage="${stage}",provider!="",${chosen}`, ['provider']),
        }),
      ),
    },
    {
      title: 'Turns',
      panels: [
        graph({
          title: 'Answers a minute',
          unit: 'reqpm',
          queries: [
            {
              expr: `${sumRate(`${turns}_count`, { range: RATE, match: `stage="agentTotal",${chosen}`, by: ['agent', 'door'] })} * 60`,
              legend: '{{agent}} {{door}}',
            },
          ],
        }),
        graph({
          title: 'Answers spoken over',
          unit: 'percentunit',
          queries: [
            {
              expr:
                `${sumRate('patchbay_agent_turns_interrupted_total', { range: RATE, match: chosen, by: ['door'] })}` +
                ` / ${sumRate(`${turns}_count`, { range: RATE, match: `stage="agentTotal",${chosen}`, by: ['door'] })}`,
              legend: '{{door}}',
            },
          ],
        }),
        graph({
          title: 'Providers that took over',
          unit: 'cps',
          queries: [
            {
              expr: sumRate('patchbay_agent_provider_switches_total', {
                range: RATE,
                by: ['stage', 'from', 'to'],
              }),
              legend: '{{stage}}: {{from}} to {{to}}',
            },
          ],
        }),
        graph({
          title: 'Providers that failed',
          unit: 'cps',
          queries: [
            {
              expr: sumRate('patchbay_agent_provider_errors_total', {
                range: RATE,
                by: ['provider', 'stage', 'kind'],
              }),
              legend: '{{provider}} {{stage}} {{kind}}',
            },
          ],
        }),
      ],
    },
  ],
});
