// More and more calls at once until answers come too late or calls fail. DOOR=web for the web door,
// CALLS for the most at once, SECONDS for each step.
import { BUDGET_MS, STAGE_TRENDS } from './budget.ts';
import { placeCall } from './lib/calls.ts';
import { loadOptions } from './lib/options.ts';
import { questions } from './lib/plans.ts';
import { callsAtOnce, seconds } from './lib/sizes.ts';
import { checkTarget, requireTarget } from './lib/target.ts';
export { handleSummary } from './lib/summary.ts';

requireTarget('driverUrl');

const STEPS = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 25, 30, 40, 50, 75, 100, 150, 200];
const QUESTIONS = 2;
const door = __ENV['DOOR'] === 'web' ? 'web' : 'phone';
const most = callsAtOnce(10);
const steps = STEPS.filter((calls) => calls <= most);
const stepSeconds = seconds(25, steps.length);

export const options = loadOptions({
  // It is meant to break: what it finds is the curve, not a yes or no.
  doors: [],
  okRate: 0,
  scenarios: {
    ramp: {
      executor: 'ramping-vus',
      exec: 'ramp',
      startVUs: 1,
      stages: steps.flatMap((target) => [
        { target, duration: '1s' },
        { target, duration: `${stepSeconds}s` },
      ]),
      gracefulRampDown: '90s',
    },
  },
  thresholds: {
    // Of a handful of calls one may be misheard.
    calls_ok: [{ threshold: 'rate>=0.6', abortOnFail: true, delayAbortEval: '60s' }],
    [STAGE_TRENDS.mouthToEar]: [
      {
        threshold: `p(95)<=${2 * BUDGET_MS.mouthToEar.p95}`,
        abortOnFail: true,
        delayAbortEval: '30s',
      },
    ],
  },
});

export function setup(): void {
  checkTarget([door]);
}

export function ramp(): void {
  placeCall(questions(door, QUESTIONS));
}
