// Providers fail one after the other while callers talk: the next one of the stage has to take over.
// Needs the sandbox's stand-ins. CALLS, SECONDS for each provider.
import { sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { placeCall } from './lib/calls.ts';
import { loadOptions } from './lib/options.ts';
import { balanceCall } from './lib/plans.ts';
import { callsAtOnce, seconds } from './lib/sizes.ts';
import { checkTarget, requireTarget, TARGET } from './lib/target.ts';
export { handleSummary } from './lib/summary.ts';

requireTarget('driverUrl', 'providersUrl');

const PHASES: { phase: string; fault?: Record<string, unknown> }[] = [
  { phase: 'before' },
  { phase: 'deepgram-refuses', fault: { provider: 'deepgram', status: 503 } },
  { phase: 'openai-hangs', fault: { provider: 'openai', hang: true } },
  { phase: 'cartesia-breaks-off', fault: { provider: 'cartesia', cut: true } },
  { phase: 'after' },
];
/** Long enough for two calls. */
const PHASE_SECONDS = seconds(40, PHASES.length);

export const options = loadOptions({
  doors: ['reach'],
  onlyTagged: 'phase:after',
  scenarios: {
    callers: {
      executor: 'constant-vus',
      exec: 'callers',
      vus: callsAtOnce(1),
      duration: `${PHASES.length * PHASE_SECONDS}s`,
    },
    faults: {
      executor: 'per-vu-iterations',
      exec: 'faults',
      vus: 1,
      iterations: 1,
      maxDuration: `${(PHASES.length + 1) * PHASE_SECONDS}s`,
    },
  },
  thresholds: { calls_ok: ['rate>=0.8'] },
});

export function setup(): void {
  clearFaults();
  checkTarget(['phone']);
}

export function callers(): void {
  const elapsedSeconds = (Date.now() - exec.scenario.startTime) / 1_000;
  const { phase = 'after' } = PHASES[Math.floor(elapsedSeconds / PHASE_SECONDS)] ?? {};
  placeCall(balanceCall('phone'), { phase });
}

export function faults(): void {
  for (const { phase, fault } of PHASES) {
    clearFaults();
    if (fault) {
      console.log(`from now on: ${phase}`);
      http.post(`${TARGET.providersUrl}/admin/faults`, JSON.stringify(fault));
    }
    sleep(PHASE_SECONDS);
  }
}

export function teardown(): void {
  clearFaults();
}

function clearFaults(): void {
  const response = http.del(`${TARGET.providersUrl}/admin/faults`);
  if (response.status === 200) return;
  exec.test.abort(
    `the provider stand-ins do not answer at ${TARGET.providersUrl}. faults.ts needs a local stack.`,
  );
}
