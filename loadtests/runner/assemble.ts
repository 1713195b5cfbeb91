import { BUDGET } from '@patchbay/common/budget';
import type { CallResult } from '../driver/result.ts';
import {
  budgetOfCalls,
  capacityCurve,
  doorFigures,
  failureReasons,
  hundredth,
  mean,
} from './figures.ts';
import { guiltyStages } from './guilty.ts';
import { budgetOfSummary, otherThresholds, type K6Summary } from './k6-summary.ts';
import { leakFaults } from './leaks.ts';
import { STT_ALLOWANCE_MS } from './local-target.ts';
import type { CpuSample } from './machine.ts';
import type { CapacityPoint, Leaks, LoadReport } from './report.ts';

/** Beyond, a stack that shares its machine with its callers is measured by what is left for it. */
const MACHINE_LIMIT_PCT = 90;

/**
 * Of all calls: so many may have had a driver that was late at times. What it is late with is counted as
 * the stack's time, so their figures can only be worse than the truth.
 */
const MOST_DOUBTED = 0.25;

export interface RunFacts {
  script: string;
  smoke: boolean;
  toBreak: boolean;
  /** Whether the script makes calls at all. */
  makesCalls: boolean;
  target: string;
  /** The stack was started for this run. */
  local: boolean;
  startedAtMs: number;
  endedAtMs: number;
  cutShort: string | undefined;
  /** Why k6 did not finish, in its own words. */
  k6Fault: string | undefined;
  summary: K6Summary | undefined;
  calls: readonly CallResult[];
  leaks: Leaks | null;
  cpu: readonly CpuSample[];
  cores: number;
}

/** Judge a run: everything that is known of it, as the report has it. */
export function assembleReport(facts: RunFacts): LoadReport {
  const { summary, leaks, smoke, toBreak } = facts;
  const calls = facts.calls.filter(({ state }) => state === 'done');
  const budget = summary && !toBreak ? budgetOfSummary(summary) : budgetOfCalls(calls);
  const thresholds = summary ? otherThresholds(summary) : [];
  const guilty = guiltyStages(budget);
  const busyPct = mean(facts.cpu.map((sample) => sample.busyPct)) ?? 0;
  const driver = driverDoubt(calls);
  const doubts = driver && driver.share > MOST_DOUBTED ? [driver.words] : [];
  if (facts.local && facts.makesCalls && busyPct > MACHINE_LIMIT_PCT) {
    doubts.push(`this machine was ${Math.round(busyPct)} % busy, and everything runs on it`);
  }
  const vouched = doubts.length === 0;
  const failures = failureReasons(calls);
  const understood = calls.filter((call) => call.understood).length;
  const failed = calls.filter(({ failure }) => failure).length;

  const reasons: string[] = [];
  const notes: string[] = [];
  if (facts.cutShort !== undefined) reasons.push(`cut short by ${facts.cutShort}`);
  if (facts.k6Fault !== undefined) reasons.push(`k6 did not finish: ${facts.k6Fault}`);
  if (facts.makesCalls && calls.length === 0) reasons.push('no call was made');
  if (!toBreak) {
    for (const { name, limit, value, ok } of thresholds) {
      const found = value === undefined ? ', nothing was measured' : `, found ${hundredth(value)}`;
      if (!ok) reasons.push(`${name}: ${limit} does not hold${found}`);
    }
    const over = budget.filter(({ ok }) => !ok);
    if (over.length > 0) {
      // A smoke test shows that calls work and nothing is left. Two turns on any machine say nothing
      // about a percentile, so its figures are told and judge nothing.
      (smoke ? notes : reasons).push(
        `${over.length} ${over.length === 1 ? 'stage is' : 'stages are'} over budget`,
        ...guilty.map(({ reason }) => `to blame: ${reason}`),
      );
    }
    if (!vouched) {
      const words = `nobody vouches for these figures: ${doubts.join('; ')}`;
      (smoke ? notes : reasons).push(words);
    }
  } else if (!vouched)
    notes.push(`nobody vouches for the figures from some point on: ${doubts.join('; ')}`);
  if (driver && driver.share <= MOST_DOUBTED) {
    notes.push(`${driver.words}; this is counted as the stack's time`);
  }
  if (leaks) reasons.push(...leakFaults(leaks));
  else {
    notes.push(
      facts.local
        ? 'no leak audit: the stack ended with the run'
        : 'no leak audit: the stack was not started here',
    );
  }
  if (facts.local && budget.some(({ stage }) => stage === 'stt') && summary && !toBreak) {
    notes.push(
      `${BUDGET.stt.title} is allowed ${STT_ALLOWANCE_MS} ms more than its budget: the offline recogniser ends sentences later than a real one`,
    );
  }
  const capacity = capacityCurve(calls, facts.cpu);
  if (toBreak) notes.push(breakNote(capacity));

  return {
    version: 1,
    ok: reasons.length === 0,
    ...{ reasons, notes, script: facts.script, smoke, target: facts.target },
    startedAt: new Date(facts.startedAtMs).toISOString(),
    seconds: Math.round((facts.endedAtMs - facts.startedAtMs) / 1_000),
    ...(facts.cutShort === undefined ? {} : { cutShort: facts.cutShort }),
    ...{ vouched, doubts, budget, guilty, thresholds },
    calls: { placed: facts.calls.length, understood, failed },
    failures,
    doors: doorFigures(calls),
    capacity,
    leaks,
    machine: { cores: facts.cores, cpuPct: busyPct },
  };
}

/** For how many calls the driver does not vouch, and the worst reason. */
function driverDoubt(calls: readonly CallResult[]): { share: number; words: string } | undefined {
  const doubted = calls.filter(({ vouched }) => !vouched);
  const [worst] = [...doubted].sort((a, b) => (b.pacingMs ?? 0) - (a.pacingMs ?? 0));
  if (!worst) return undefined;
  const reason = worst.doubt ?? 'the driver was overloaded';
  return {
    share: doubted.length / calls.length,
    words: `during ${doubted.length} of ${calls.length} calls ${reason}`,
  };
}

/** Where it broke: the most calls at once that were answered in time, all of them, up to there. */
function breakNote(curve: readonly CapacityPoint[]): string {
  const limit = BUDGET.mouthToEar.p95Ms;
  const broken = curve.findIndex(({ p95Ms = Infinity, ok, count }) => p95Ms > limit || ok < count);
  const most = curve.at(-1)?.calls ?? 0;
  if (broken === -1)
    return `it did not break: all answers came within budget, up to ${most} calls at once`;
  const good = curve[broken - 1]?.calls ?? 0;
  const { calls: at = 0, p95Ms, ok = 0, count = 0 } = curve[broken] ?? {};
  return `answers come within budget up to ${good} calls at once; at ${at} mouth to ear is ${p95Ms ?? '–'} ms (p95, limit ${limit}) and ${ok} of ${count} calls go right`;
}
