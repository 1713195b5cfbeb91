/// <reference types="k6" />
import type { Options, Scenario } from 'k6/options';
import { BUDGET_THRESHOLDS, STAGE_TRENDS } from '../budget.ts';
import { SMOKE } from './sizes.ts';

/** A call that has begun is finished. */
const FINISH_CALL = '90s';
/** How much later than a real one the recogniser of a local stack is sure of a sentence. */
const STT_ALLOWANCE_MS = Number(__ENV['STT_ALLOWANCE_MS'] ?? 0);
/** The callers' own recogniser mishears now and then. No call may fail: be refused, silent, or cut off. */
const USUAL_OK_RATE = SMOKE ? 1 : 0.95;

export interface LoadOptions {
  scenarios: Record<string, Scenario>;
  /** Doors of the budget that are loaded. */
  doors: readonly ('reach' | 'web')[];
  /** Judge only what has this tag too, for example `phase:after`. */
  onlyTagged?: string;
  /** Part of the calls that must go right; 0 if that is not judged. By default all but the misheard. */
  okRate?: number;
  thresholds?: Options['thresholds'];
}

/** k6's options: the budget as thresholds, whole calls, and the figures the report needs. */
export function loadOptions(load: LoadOptions): Options {
  const { doors, onlyTagged, okRate } = load;
  const budget = Object.entries(BUDGET_THRESHOLDS)
    .filter(([key]) => doors.some((door) => key.includes(`{door:${door}}`)))
    .map(([key, limits]): [string, string[]] => [tagged(key, onlyTagged), limitsOf(key, limits)]);
  const ok = tagged('calls_ok', onlyTagged);
  const judged: Options['thresholds'] = {};
  if (okRate !== 0) judged[ok] = [`rate>=${okRate ?? USUAL_OK_RATE}`];
  if (okRate === undefined) judged[tagged('calls_failed', onlyTagged)] = ['count<1'];
  return {
    scenarios: Object.fromEntries(
      Object.entries(load.scenarios).map(([name, scenario]) => [
        name,
        { gracefulStop: FINISH_CALL, ...scenario },
      ]),
    ),
    thresholds: {
      ...Object.fromEntries(budget),
      ...judged,
      ...(load.thresholds ?? {}),
    },
    summaryTrendStats: ['count', 'min', 'p(50)', 'p(95)', 'p(99)', 'max'],
    setupTimeout: '20s',
  };
}

function limitsOf(key: string, limits: readonly string[]): string[] {
  const allowed = key.startsWith(STAGE_TRENDS.stt)
    ? limits.map((limit) =>
        limit.replace(/\d+$/, (limitMs) => String(Number(limitMs) + STT_ALLOWANCE_MS)),
      )
    : [...limits];
  // The middle of two turns says nothing.
  return SMOKE ? allowed.filter((limit) => !limit.startsWith('p(50)')) : allowed;
}

/** `a{door:web}` and `phase:after` → `a{door:web,phase:after}` */
function tagged(key: string, tag: string | undefined): string {
  if (tag === undefined) return key;
  return key.endsWith('}') ? `${key.slice(0, -1)},${tag}}` : `${key}{${tag}}`;
}
