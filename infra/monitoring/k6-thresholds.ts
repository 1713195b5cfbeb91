import { BUDGET, type StageName } from '@patchbay/common/budget';
import type { Door } from '@patchbay/common/room-contract';
import { doorsOf } from './stages.ts';

/** What load tests measure, and may not exceed, as k6 takes it. */
export interface K6Budget {
  /** Name of the Trend of each stage; its samples are ms, tagged with `door`. */
  trends: Record<StageName, string>;
  /** k6's `thresholds`: for each door, p50 and p95 of each stage it has. */
  thresholds: Record<string, string[]>;
}

/** Make k6's thresholds from the budget. */
export function k6Budget(): K6Budget {
  const stages = Object.keys(BUDGET) as StageName[];
  const trends = Object.fromEntries(
    stages.map((stage) => [stage, trendName(stage)]),
  ) as K6Budget['trends'];
  const thresholds = stages.flatMap((stage) =>
    doorsOf(stage).map((door): [string, string[]] => [
      `${trends[stage]}{door:${door}}`,
      [`p(50)<=${BUDGET[stage].p50Ms}`, `p(95)<=${BUDGET[stage].p95Ms}`],
    ]),
  );
  return { trends, thresholds: Object.fromEntries(thresholds) };
}

/** `mouthToEar` → `stage_mouth_to_ear_ms` */
function trendName(stage: StageName): string {
  return `stage_${stage.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_ms`;
}

/** The file that load tests import: data and nothing else, so that k6 needs no part of ours. */
export function k6File(doors: readonly Door[]): string {
  const { trends, thresholds } = k6Budget();
  return [
    '// Made from services/common/budget.ts by infra/monitoring/generate.ts. Change it there.',
    `export const DOORS = ${JSON.stringify(doors)} as const;`,
    '/** Limits of each stage in ms. */',
    `export const BUDGET_MS = ${JSON.stringify(limits())} as const;`,
    '/** Name of the Trend of each stage; samples are ms, tagged with `door`. */',
    `export const STAGE_TRENDS = ${JSON.stringify(trends)} as const;`,
    '/** For `options.thresholds`. */',
    `export const BUDGET_THRESHOLDS: Record<string, string[]> = ${JSON.stringify(thresholds)};`,
  ].join('\n\n');
}

function limits(): Record<string, { p50: number; p95: number }> {
  return Object.fromEntries(
    Object.entries(BUDGET).map(([stage, { p50Ms, p95Ms }]) => [stage, { p50: p50Ms, p95: p95Ms }]),
  );
}
