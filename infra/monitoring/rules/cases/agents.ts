import { constant, growing, histogram, type AlertCase, type Series } from './case.ts';

const turns = (stage: string, bounds: Record<string, number>, perMinute = 100): Series =>
  histogram('patchbay_agent_turn_seconds', `stage="${stage}",door="web"`, bounds, perMinute);
const places = (active: number): Series => ({
  'patchbay_agent_jobs_active{pod="a"}': constant(active),
  'patchbay_agent_jobs_max{pod="a"}': constant(10),
  'livekit_room_total{pod="l"}': constant(active),
});
const errors = (perMinute: number): Series => ({
  'patchbay_agent_provider_errors_total{provider="openai",stage="llm",kind="failed"}':
    growing(perMinute),
  'patchbay_agent_jobs_total{result="caller-hangup"}': growing(50),
});

export const AGENT_CASES: Readonly<Record<string, AlertCase>> = {
  AnswersSlow: {
    after: '25m',
    fires: turns('agentTotal', { '0.8': 30, '1': 100 }),
    quiet: turns('agentTotal', { '0.8': 70, '1': 100 }),
  },
  StageOverBudget: {
    after: '30m',
    fires: turns('llm', { '0.75': 50, '1': 60, '1.5': 100 }),
    // Over the budget, but by less than a fifth.
    quiet: turns('llm', { '0.75': 94, '1': 100 }),
  },
  AgentsNearlyFull: { after: '10m', fires: places(9), quiet: places(7) },
  AgentsFull: { after: '3m', fires: places(10), quiet: places(9) },
  AgentStartSlow: {
    after: '45m',
    fires: histogram('patchbay_agent_job_start_seconds', '', { '5': 10, '10': 20 }, 20),
    quiet: histogram('patchbay_agent_job_start_seconds', '', { '2': 20, '5': 20 }, 20),
  },
  AgentJobsCrash: {
    after: '10m',
    fires: { 'patchbay_agent_jobs_total{result="crashed"}': '0x5 1xALWAYS' },
    quiet: { 'patchbay_agent_jobs_total{result="crashed"}': constant(1) },
  },
  ProviderReplaced: {
    after: '25m',
    fires: {
      'patchbay_agent_provider_switches_total{stage="llm",from="openai",to="groq",reason="timeout"}':
        growing(1),
    },
    quiet: {
      'patchbay_agent_provider_switches_total{stage="llm",from="openai",to="groq",reason="recovered"}':
        growing(1),
    },
  },
  ProviderFails: { after: '15m', fires: errors(5), quiet: errors(0.5) },
};
