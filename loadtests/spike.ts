// A few calls, then many at one moment, then a few again: what comes after must be as good as before.
// CALLS for the spike's height.
import { placeCall } from './lib/calls.ts';
import { loadOptions } from './lib/options.ts';
import { balanceCall } from './lib/plans.ts';
import { callsAtOnce } from './lib/sizes.ts';
import { checkTarget, requireTarget } from './lib/target.ts';
export { handleSummary } from './lib/summary.ts';

requireTarget('driverUrl');

const BEFORE_SECONDS = 20;
/** A call takes about 20 s; on a machine at its limits, longer. */
const SPIKE_SECONDS = 60;

export const options = loadOptions({
  doors: ['reach'],
  onlyTagged: 'phase:after',
  scenarios: {
    before: {
      executor: 'constant-vus',
      exec: 'before',
      vus: 1,
      duration: `${BEFORE_SECONDS}s`,
    },
    spike: {
      executor: 'per-vu-iterations',
      exec: 'spike',
      vus: callsAtOnce(6),
      iterations: 1,
      startTime: `${BEFORE_SECONDS}s`,
      maxDuration: `${SPIKE_SECONDS}s`,
    },
    after: {
      executor: 'constant-vus',
      exec: 'after',
      vus: 1,
      startTime: `${BEFORE_SECONDS + SPIKE_SECONDS}s`,
      duration: '40s',
    },
  },
});

export function setup(): void {
  checkTarget(['phone']);
}

export function before(): void {
  placeCall(balanceCall('phone'), { phase: 'before' });
}

export function spike(): void {
  placeCall(balanceCall('phone'), { phase: 'spike' });
}

export function after(): void {
  placeCall(balanceCall('phone'), { phase: 'after' });
}
