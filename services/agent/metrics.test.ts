import { budgetBuckets } from '@patchbay/common/budget';
import { DOORS, roomName } from '@patchbay/common/room-contract';
import { metricFaults } from '@patchbay/common/testing/metric-faults';
import { scrape } from '@patchbay/common/scrape';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { JOB_RESULTS, type JobEvent } from './job-events.ts';
import { collectUsage } from './job-usage.ts';
import { createAgentMetrics } from './metrics.ts';
import { SWITCH_REASONS } from './providers/chain/switches.ts';
import { STAGES } from './providers/faults.ts';

const CALL_ID = '0123456789abcdef8899aabbccddeeff';
const turn = {
  event: 'turn',
  agent: 'bank',
  door: 'web',
  report: {
    turn: 1,
    atMs: 1,
    stagesMs: { endOfTurn: 300, stt: 100, llm: 250, tts: 90, agentTotal: 700 },
    tools: ['balance'],
    interrupted: false,
  },
  providers: { stt: 'deepgram', llm: 'openai', tts: 'cartesia' },
} as const;

function agentMetrics() {
  const registry = new Registry();
  collectUsage(registry).close();
  const tellOf = createAgentMetrics({ registry, activeJobs: () => 1, maxCalls: 2 });
  const tell = (event: JobEvent) => tellOf(event, { room: roomName('web', 'bank', CALL_ID) });
  return { registry, tell };
}

it('every metric is named after the agent, and no label has a value from outside', async () => {
  const { registry, tell } = agentMetrics();
  tell({ ...turn, report: { ...turn.report, tools: [...turn.report.tools] } });
  tell({ event: 'provider-fault', provider: 'openai', stage: 'llm', kind: 'failed' });
  for (const stage of STAGES) {
    for (const reason of SWITCH_REASONS) {
      tell({ event: 'provider-switch', stage, from: 'openai', to: 'groq', reason });
    }
  }
  for (const result of JOB_RESULTS) tell({ event: 'ended', result });
  expect(
    await metricFaults(registry, 'agent', {
      stage: ['endOfTurn', ...STAGES, 'agentTotal'],
      door: DOORS,
      // File names in agents/, and names of the catalogue of providers.
      agent: ['bank'],
      provider: ['deepgram', 'openai', 'cartesia'],
      kind: ['failed'],
      from: ['openai'],
      to: ['groq'],
      reason: SWITCH_REASONS,
      result: JOB_RESULTS,
      stat: ['sum', 'max'],
    }),
  ).toEqual([]);
});

it('a turn says who did the stages that have a provider', async () => {
  const { registry, tell } = agentMetrics();
  tell({ ...turn, report: { ...turn.report, tools: [] } });
  const text = await registry.metrics();
  for (const labels of [
    'stage="llm",agent="bank",door="web",provider="openai"',
    'stage="agentTotal",agent="bank",door="web"',
  ]) {
    expect(text).toContain(`patchbay_agent_turn_seconds_count{${labels}} 1`);
  }
  expect(text).toContain('patchbay_agent_turns_interrupted_total{agent="bank",door="web"} 0');
});

it('the share of turns within the budget is exact: a bucket ends at each limit', async () => {
  const { registry, tell } = agentMetrics();
  tell({ ...turn, report: { ...turn.report, tools: [] } });
  const text = await registry.metrics();
  for (const bound of budgetBuckets([], ['endOfTurn', 'stt', 'llm', 'tts', 'agentTotal'])) {
    expect(text).toContain(`patchbay_agent_turn_seconds_bucket{le="${bound}",`);
  }
});

it('a slow turn leads to its call', async () => {
  const { registry, tell } = agentMetrics();
  tell({ ...turn, report: { ...turn.report, tools: [] } });
  const { text } = await scrape(registry, 'application/openmetrics-text');
  expect(text).toMatch(
    new RegExp(`stage="agentTotal",.*\\} 1 # \\{trace_id="${CALL_ID}"\\} 0\\.7 `),
  );
});
