import { BUDGET, OBJECTIVES, type StageName } from '@patchbay/common/budget';
import { doorsOf, STAGE_METRICS } from './stages.ts';

const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;

/** docs/budget.md. */
export function budgetPage(): string {
  const rows = (Object.keys(BUDGET) as StageName[]).map((stage) => {
    const { title, p50Ms, p95Ms, measuredBy } = BUDGET[stage];
    return `| ${title} | \`${stage}\` | ${p50Ms} | ${p95Ms} | ${doorsOf(stage).join(', ')} | ${measuredBy} | ${readAt(stage)} |`;
  });
  return `# The latency budget

<!-- Made from services/common/budget.ts by infra/monitoring/generate.ts. Change it there. -->

From the caller's last word to the agent's first. Stages overlap (the language model starts while the
turn is still being decided), so **mouth to ear** is less than their sum. Times in ms.

| stage | name | p50 | p95 | doors | measured | where to read it |
|---|---|---|---|---|---|---|
${rows.join('\n')}

## What we promise

Over ${OBJECTIVES.windowDays} days:

- **available**: ${percent(OBJECTIVES.available)} of calls are neither refused nor ended by a fault of ours. A caller who gives up, dials a wrong number or offers no codec counts neither way.
- **fast**: ${percent(OBJECTIVES.fast)} of answers begin within ${BUDGET.agentTotal.p95Ms} ms of the end of the caller's speech, measured in the agent.

What is not within that is the error budget. Alerts fire when it is used up 14.4 or 6 times too fast
(somebody is woken) and 3 or 1 times (a ticket); see [runbook.md](runbook.md#callsfailingfast).

## What is made from it

Dashboards' lines, alert thresholds, recording rules (\`patchbay:stage_budget_seconds:p95\`), the
thresholds of the load tests and this page. After a change of \`services/common/budget.ts\` run
\`make monitoring\`; a test fails until then.
`;
}

function readAt(stage: StageName): string {
  const metric = STAGE_METRICS[stage];
  if (metric) return `\`${metric.histogram}${metric.match ? `{${metric.match}}` : ''}\``;
  return stage === 'mouthToEar' ? 'load tests' : 'no series of ours';
}
