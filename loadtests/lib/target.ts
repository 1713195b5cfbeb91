/// <reference types="k6" />
import http from 'k6/http';
import exec from 'k6/execution';
import { remoteFault } from '../driver/loopback.ts';
import type { TargetFault } from '../driver/result.ts';

/** Where the load goes, and what is known of it; from the environment (`k6 run -e NAME=value`). */
export const TARGET = {
  /** The call driver's API. */
  driverUrl: __ENV['DRIVER_URL'] ?? '',
  /** The token API, for token.ts. */
  apiUrl: __ENV['API_URL'] ?? '',
  accessKey: __ENV['ACCESS_KEY'] ?? '',
  /** Admin of the provider stand-ins, for faults.ts. */
  providersUrl: __ENV['PROVIDERS_URL'] ?? '',
  agent: __ENV['AGENT'] ?? 'bank',
  /** What the bank's back end holds for the caller, in cents; any amount is right without it. */
  balanceMinor: __ENV['BALANCE_MINOR'] === undefined ? undefined : Number(__ENV['BALANCE_MINOR']),
} as const;

type UrlName = 'driverUrl' | 'apiUrl' | 'providersUrl';
const VARIABLES = {
  driverUrl: 'DRIVER_URL',
  apiUrl: 'API_URL',
  providersUrl: 'PROVIDERS_URL',
} as const;

/**
 * Make sure that addresses are given and are this machine; called before a script does anything.
 * @throws Error with the variable and the next step
 */
export function requireTarget(...names: UrlName[]): void {
  for (const name of names) {
    const variable = VARIABLES[name];
    if (TARGET[name] === '') {
      throw new Error(`${variable} is not set. make load starts all that is needed and sets it.`);
    }
    const fault = __ENV['ALLOW_REMOTE'] === '1' ? undefined : remoteFault(TARGET[name]);
    if (fault) throw new Error(`${variable} ${fault}.`);
  }
}

/** End the test, in seconds, if calls can't go through; for `setup`. */
export function checkTarget(doors: readonly ('phone' | 'web')[]): void {
  const url = `${TARGET.driverUrl}/check?agent=${TARGET.agent}&doors=${doors.join(',')}`;
  const response = http.get(url, { timeout: '15s', tags: { name: 'GET /check' } });
  if (response.status !== 200) {
    exec.test.abort(
      `no call driver answers at ${TARGET.driverUrl} (${response.error || response.status}). Start it with make load, or set DRIVER_URL.`,
    );
  }
  const { faults } = response.json() as unknown as { faults: TargetFault[] };
  if (faults.length === 0) return;
  exec.test.abort(faults.map(({ what, reason, next }) => `${what}: ${reason}. ${next}`).join('\n'));
}

/** The body of a response as text; empty if there is none. */
export function textOf({ body }: { body: unknown }): string {
  return typeof body === 'string' ? body : '';
}
