import { growing, histogram, type AlertCase, type Series } from './case.ts';

/** Calls a minute at the bridge: good ones, and those that no agent came to. */
const calls = (good: number, failed: number): Series => ({
  'patchbay_bridge_calls_total{result="caller-hangup"}': growing(good),
  'patchbay_bridge_calls_total{result="agent-unavailable"}': growing(failed),
  // Wrong numbers are the caller's affair: they must change nothing.
  'patchbay_bridge_calls_total{result="rejected-unknown-number"}': growing(50),
});

/** Answers a minute, of which so many are within the budget. */
const answers = (all: number, fast: number): Series =>
  histogram('patchbay_agent_turn_seconds', 'stage="agentTotal",door="web"', { '1.5': fast }, all);

export const OBJECTIVE_CASES: Readonly<Record<string, AlertCase>> = {
  // 10 % is 20 times the 0.5 % that is allowed; 5 % is 10 times and takes 6 hours to be seen.
  CallsFailingFast: { after: '70m', fires: calls(90, 10), quiet: calls(97, 3) },
  CallsFailingSlowly: { after: '25h', fires: calls(98, 2), quiet: calls(999, 1) },
  TurnsSlowFast: { after: '70m', fires: answers(100, 20), quiet: answers(100, 75) },
  TurnsSlowSlowly: { after: '25h', fires: answers(100, 80), quiet: answers(100, 97) },
};
