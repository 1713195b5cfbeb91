import { BUDGET, type StageName } from '@patchbay/common/budget';
import type { Door } from '@patchbay/common/room-contract';

/** Where a stage of the budget can be read. */
export interface StageMetric {
  /** Name of the histogram, in seconds. */
  histogram: string;
  /** Label matchers that choose the stage in it. */
  match: string;
  /** Labels that are worth telling apart. */
  by: readonly string[];
}

const inAgent = (stage: StageName): StageMetric => ({
  histogram: 'patchbay_agent_turn_seconds',
  match: `stage="${stage}"`,
  by: ['door', 'agent'],
});

/**
 * The histogram of each stage. Undefined: no process of ours can see it. What is heard at the caller's
 * ear is measured by load tests, and LiveKit 1.13 leaves its histogram of forwarding empty.
 */
export const STAGE_METRICS: Readonly<Record<StageName, StageMetric | undefined>> = {
  bridgeIn: { histogram: 'patchbay_bridge_in_seconds', match: '', by: [] },
  sfu: undefined,
  endOfTurn: inAgent('endOfTurn'),
  stt: inAgent('stt'),
  llm: inAgent('llm'),
  tts: inAgent('tts'),
  agentTotal: inAgent('agentTotal'),
  bridgeOut: { histogram: 'patchbay_bridge_out_seconds', match: '', by: [] },
  mouthToEar: undefined,
};

/** The stages that have a histogram. */
export const MEASURED_STAGES = (Object.keys(BUDGET) as StageName[]).flatMap((stage) => {
  const metric = STAGE_METRICS[stage];
  return metric ? [{ stage, metric, limits: BUDGET[stage] }] : [];
});

/** Doors that a stage is part of: the bridge is on the way of its own calls only. */
export function doorsOf(stage: StageName): readonly Door[] {
  return stage === 'bridgeIn' || stage === 'bridgeOut' ? ['reach'] : ['web', 'trunk', 'reach'];
}

/** A limit in seconds, as PromQL has it. */
export function limitSeconds(stage: StageName, quantile: 'p50' | 'p95'): number {
  return BUDGET[stage][`${quantile}Ms`] / 1_000;
}
