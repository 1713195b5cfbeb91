// Web calls at a steady number at once: a token, a room, a conversation. CALLS, SECONDS.
import { placeCall } from './lib/calls.ts';
import { loadOptions } from './lib/options.ts';
import { balanceCall } from './lib/plans.ts';
import { callsAtOnce, seconds } from './lib/sizes.ts';
import { checkTarget, requireTarget } from './lib/target.ts';
export { handleSummary } from './lib/summary.ts';

requireTarget('driverUrl');

export const options = loadOptions({
  doors: ['web'],
  scenarios: {
    web: {
      executor: 'constant-vus',
      exec: 'web',
      vus: callsAtOnce(2),
      duration: `${seconds(120)}s`,
    },
  },
});

export function setup(): void {
  checkTarget(['web']);
}

export function web(): void {
  placeCall(balanceCall('web'));
}
