import { BUDGET, type StageName } from '@patchbay/common/budget';
import type { BudgetRow, Guilty } from './report.ts';

/** Made up of others: never to blame themselves. */
const SUMS: ReadonlySet<StageName> = new Set(['agentTotal', 'mouthToEar']);

/**
 * Name the stage to blame at each door where a limit of the budget was broken: the one that is
 * furthest beyond its own limits. Where none is, the sum grew somewhere that is no stage, and that is
 * said.
 */
export function guiltyStages(rows: readonly BudgetRow[]): Guilty[] {
  const doors = new Set(rows.filter(({ ok }) => !ok).map(({ door }) => door));
  return [...doors].flatMap((door) => {
    const ofDoor = rows.filter((row) => row.door === door);
    const worst = ofDoor
      .filter(({ stage, ok }) => !ok && !SUMS.has(stage))
      .sort((a, b) => excess(b) - excess(a))[0];
    if (worst) return [{ stage: worst.stage, door, reason: blame(worst) }];
    const sum = ofDoor.find(({ stage, ok }) => !ok && SUMS.has(stage));
    return sum ? [{ stage: sum.stage, door, reason: unexplained(sum, ofDoor) }] : [];
  });
}

function excess({ p50Ms, p95Ms, p50LimitMs = Infinity, limitMs }: BudgetRow): number {
  return Math.max(p50Ms / p50LimitMs, p95Ms / limitMs);
}

function blame(row: BudgetRow): string {
  const { stage, door, p50Ms, p95Ms, p50LimitMs = Infinity, limitMs } = row;
  const [name, found, limit] =
    p50Ms / p50LimitMs > p95Ms / limitMs ? ['p50', p50Ms, p50LimitMs] : ['p95', p95Ms, limitMs];
  return `${BUDGET[stage].title} (${stage}) at the ${door} door: ${name} ${Math.round(found)} ms, limit ${limit} ms`;
}

function unexplained(sum: BudgetRow, ofDoor: readonly BudgetRow[]): string {
  const largest = ofDoor
    .filter(({ stage }) => !SUMS.has(stage))
    .sort((a, b) => b.p95Ms - a.p95Ms)[0];
  const most = largest
    ? `; the largest is ${BUDGET[largest.stage].title} (${largest.stage}), p95 ${Math.round(largest.p95Ms)} ms`
    : '';
  return `${BUDGET[sum.stage].title} (${sum.stage}) at the ${sum.door} door: p95 ${Math.round(sum.p95Ms)} ms, limit ${sum.limitMs} ms, and each measured stage is within its own limits${most}; look at what lies between them: buffers, the network, the machine's load`;
}
