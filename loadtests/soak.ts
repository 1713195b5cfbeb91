// The same few calls for a long time: what grows shows in the leak audit. CALLS, SECONDS.
import exec from 'k6/execution';
import { placeCall } from './lib/calls.ts';
import { loadOptions } from './lib/options.ts';
import { anyCall } from './lib/plans.ts';
import { callsAtOnce, seconds } from './lib/sizes.ts';
import { checkTarget, requireTarget } from './lib/target.ts';
export { handleSummary } from './lib/summary.ts';

requireTarget('driverUrl');

const steady = {
  executor: 'constant-vus',
  vus: callsAtOnce(1, 2),
  duration: `${seconds(1_800)}s`,
} as const;

export const options = loadOptions({
  doors: ['reach', 'web'],
  // Over hours some recognition goes wrong.
  okRate: 0.98,
  scenarios: {
    phone: { ...steady, exec: 'phone' },
    web: { ...steady, exec: 'web' },
  },
});

export function setup(): void {
  checkTarget(['phone', 'web']);
}

export function phone(): void {
  placeCall(anyCall('phone', exec.scenario.iterationInTest));
}

export function web(): void {
  placeCall(anyCall('web', exec.scenario.iterationInTest));
}
