// Phone calls at a steady number at once. CALLS, SECONDS, and IMPAIR=loss=0.02,jitterMs=30 for a bad network.
import type { CallOrder } from './driver/plan.ts';
import { placeCall } from './lib/calls.ts';
import { loadOptions } from './lib/options.ts';
import { balanceCall } from './lib/plans.ts';
import { callsAtOnce, seconds } from './lib/sizes.ts';
import { checkTarget, requireTarget } from './lib/target.ts';
export { handleSummary } from './lib/summary.ts';

requireTarget('driverUrl');
const impairments = readImpairments(__ENV['IMPAIR']);

export const options = loadOptions({
  doors: ['reach'],
  scenarios: {
    phone: {
      executor: 'constant-vus',
      exec: 'phone',
      vus: callsAtOnce(2),
      duration: `${seconds(120)}s`,
    },
  },
});

export function setup(): void {
  checkTarget(['phone']);
}

export function phone(): void {
  placeCall({ ...balanceCall('phone'), ...(impairments ? { impairments } : {}) });
}

/** `loss=0.02,jitterMs=30` */
function readImpairments(text: string | undefined): CallOrder['impairments'] {
  if (text === undefined || text === '') return undefined;
  const pairs = text.split(',').map((pair): [string, number] => {
    const [name = '', value] = pair.split('=');
    if (Number.isFinite(Number(value))) return [name.trim(), Number(value)];
    throw new Error(
      `IMPAIR is "${text}": it must be like loss=0.02,delayMs=60,jitterMs=30,reorder=0.05`,
    );
  });
  return Object.fromEntries(pairs);
}
