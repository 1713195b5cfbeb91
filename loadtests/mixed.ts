// Both doors at once, callers as they come. PROFILE=smoke: one call at each door. CALLS, SECONDS.
import exec from 'k6/execution';
import type { Scenario } from 'k6/options';
import { placeCall } from './lib/calls.ts';
import { loadOptions } from './lib/options.ts';
import { anyCall, balanceCall } from './lib/plans.ts';
import { callsAtOnce, seconds, SMOKE } from './lib/sizes.ts';
import { checkTarget, requireTarget } from './lib/target.ts';
export { handleSummary } from './lib/summary.ts';

requireTarget('driverUrl');

const once = { executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDuration: '60s' } as const;
const steady = (): Scenario => ({
  executor: 'constant-vus',
  vus: callsAtOnce(1, 2),
  duration: `${seconds(180)}s`,
});

export const options = loadOptions({
  doors: ['reach', 'web'],
  scenarios: {
    phone: { ...(SMOKE ? once : steady()), exec: 'phone' },
    web: { ...(SMOKE ? once : steady()), exec: 'web' },
  },
});

export function setup(): void {
  checkTarget(['phone', 'web']);
}

export function phone(): void {
  call('phone');
}

export function web(): void {
  call('web');
}

function call(door: 'phone' | 'web'): void {
  placeCall(SMOKE ? balanceCall(door) : anyCall(door, exec.scenario.iterationInTest));
}
