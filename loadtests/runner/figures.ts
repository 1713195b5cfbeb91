import { BUDGET, type StageName } from '@patchbay/common/budget';
import { DOORS } from '../budget.ts';
import type { CallResult } from '../driver/result.ts';
import type { CpuSample } from './machine.ts';
import { quantile } from './quantile.ts';
import type { BudgetDoor, BudgetRow, CapacityPoint, DoorFigures, Spread } from './report.ts';

const STAGES = Object.keys(BUDGET) as StageName[];

/** Every sample of a stage in these calls, ms. */
function stageSamples(calls: readonly CallResult[], stage: StageName): number[] {
  if (stage === 'mouthToEar') {
    return calls.flatMap(({ turns }) => turns.map(({ mouthToEarMs }) => mouthToEarMs));
  }
  return calls.flatMap(({ stages }) =>
    stages.map((one) => one[stage]).filter((value) => value !== undefined),
  );
}

/** The budget table from the calls themselves, for a run whose k6 left no summary. */
export function budgetOfCalls(calls: readonly CallResult[]): BudgetRow[] {
  return doorsOf(calls).flatMap((door) => {
    const ofDoor = calls.filter(({ budgetDoor }) => budgetDoor === door);
    return STAGES.flatMap((stage) => {
      const samples = stageSamples(ofDoor, stage);
      const p50Ms = quantile(samples, 0.5);
      const p95Ms = quantile(samples, 0.95);
      if (p50Ms === undefined || p95Ms === undefined) return [];
      const limits = { p50LimitMs: BUDGET[stage].p50Ms, limitMs: BUDGET[stage].p95Ms };
      const ok = p50Ms <= limits.p50LimitMs && p95Ms <= limits.limitMs;
      return [
        {
          stage,
          door,
          count: samples.length,
          p50Ms: tenth(p50Ms),
          p95Ms: tenth(p95Ms),
          ...limits,
          ok,
        },
      ];
    });
  });
}

/** What callers met at each door that was used. */
export function doorFigures(calls: readonly CallResult[]): DoorFigures[] {
  return doorsOf(calls).map((door) => {
    const ofDoor = calls.filter(({ budgetDoor }) => budgetDoor === door);
    const step = (name: keyof CallResult['stepsMs']) =>
      spread(ofDoor.flatMap(({ stepsMs }) => stepsMs[name] ?? []));
    const network = ofDoor.flatMap((call) => call.network ?? []);
    const bargeIn = ofDoor.flatMap(({ turns }) => turns.flatMap((t) => t.stoppedAfterMs ?? []));
    const medians = STAGES.map((stage) => [stage, quantile(stageSamples(ofDoor, stage), 0.5)]);
    return {
      door,
      calls: ofDoor.length,
      understood: ofDoor.filter(({ understood }) => understood).length,
      failed: ofDoor.filter(({ failure }) => failure).length,
      ...present({
        ringMs: step('ring'),
        answerMs: step('answer'),
        greetingMs: step('greeting'),
        bargeInMs: spread(bargeIn),
        mouthToEarMs: spread(stageSamples(ofDoor, 'mouthToEar')),
        mos: meanAndWorst(
          network.map(({ mos }) => mos),
          Math.min,
        ),
        lossPct: meanAndWorst(
          network.map(({ lostPct }) => lostPct),
          Math.max,
        ),
        jitterMs: meanAndWorst(
          network.map(({ jitterMs }) => jitterMs),
          Math.max,
        ),
      }),
      medianMs: Object.fromEntries(
        medians.filter(([, value]) => value !== undefined),
      ) as DoorFigures['medianMs'],
    };
  });
}

/** How it went by the number of calls at once. */
export function capacityCurve(
  calls: readonly CallResult[],
  cpu: readonly CpuSample[],
): CapacityPoint[] {
  const groups = Map.groupBy(calls, ({ atOnce }) => atOnce);
  return [...groups.entries()]
    .sort(([a], [b]) => a - b)
    .map(([atOnce, group]) => {
      const turns = spread(stageSamples(group, 'mouthToEar'));
      const mos = meanAndWorst(
        group.flatMap(({ network }) => network?.mos ?? []),
        Math.min,
      );
      const busy = group.flatMap(({ startedAtMs, endedAtMs = Infinity }) =>
        cpu.filter(({ atMs }) => atMs >= startedAtMs && atMs <= endedAtMs),
      );
      return {
        calls: atOnce,
        count: group.length,
        ok: group.filter(({ ok }) => ok).length,
        ...present({
          p50Ms: turns?.p50,
          p95Ms: turns?.p95,
          mos: mos?.mean,
          cpuPct: mean(busy.map(({ busyPct }) => busyPct)),
        }),
        vouched: group.every(({ vouched }) => vouched),
      };
    });
}

/** Why calls failed or were not understood, the most frequent first. */
export function failureReasons(calls: readonly CallResult[]): { reason: string; count: number }[] {
  const reasons = calls.flatMap((call) => {
    if (call.failure) return [`${call.budgetDoor}, ${call.failure.step}: ${call.failure.reason}`];
    const wrong = call.turns.find(({ right }) => !right);
    return wrong && !call.understood
      ? [`${call.budgetDoor}: "${wrong.said}" was answered with "${wrong.heard}"`]
      : [];
  });
  return [...Map.groupBy(reasons, (reason) => reason).entries()]
    .map(([reason, { length: count }]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count);
}

export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return tenth(values.reduce((sum, value) => sum + value, 0) / values.length);
}

function doorsOf(calls: readonly CallResult[]): BudgetDoor[] {
  return DOORS.filter((door) => calls.some(({ budgetDoor }) => budgetDoor === door));
}

function meanAndWorst(values: readonly number[], worst: (...values: number[]) => number) {
  if (values.length === 0) return undefined;
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean: hundredth(average), worst: hundredth(worst(...values)) };
}

/** p50 and p95 in whole ms; undefined for no values. */
function spread(values: readonly number[]): Spread | undefined {
  const [p50, p95] = [quantile(values, 0.5), quantile(values, 0.95)];
  if (p50 === undefined || p95 === undefined) return undefined;
  return { p50: Math.round(p50), p95: Math.round(p95) };
}

/** Without what is undefined. */
function present<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

export function hundredth(value: number): number {
  return Math.round(value * 100) / 100;
}

export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
