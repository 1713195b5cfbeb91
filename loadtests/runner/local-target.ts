import { bankBalanceMinor } from '@patchbay/sandbox/demo/bank-balance';
import { recordIn } from '@patchbay/sandbox/stack/records';
import { LOCAL_NUMBERS, Stack } from '@patchbay/sandbox/stack/stack';
import type { Script } from './scripts.ts';

/**
 * The stand-in for Deepgram ends a sentence after 160 ms of silence, because energy is all it goes by;
 * the service is asked to do so after 25 ms. Part of that passes while the agent's own detector still
 * hears speech.
 */
export const STT_ALLOWANCE_MS = 60;

export interface LocalTarget {
  stack: Stack;
  /** For the driver; see driver/config.ts. */
  driverEnv: Record<string, string>;
  /** For k6; see lib/target.ts. */
  k6Env: Record<string, string>;
}

/**
 * Start the whole stack here, with the stand-ins for the providers: a load test must not spend money.
 * @param options.onRecord told of each call record that a door writes
 */
export async function startLocalTarget(options: {
  runDir: string;
  script: Script;
  progress: (part: string) => void;
  onRecord: (record: Record<string, unknown>) => void;
}): Promise<LocalTarget> {
  const { stackEnv } = options.script;
  const stack = await Stack.start({
    runDir: options.runDir,
    progress: options.progress,
    onLine: (_service, line) => {
      const record = recordIn(line);
      if (record) options.onRecord(record);
    },
    env: {
      ...stackEnv,
      // A released port rests with its sockets open; here it is looked at soon.
      bridge: { BRIDGE_RTP_REST_MS: '1000', ...stackEnv?.bridge },
    },
  });
  const balance = await bankBalanceMinor(stack.bankUrl, LOCAL_NUMBERS.caller);
  return {
    stack,
    driverEnv: {
      TARGET_API_URL: stack.apiUrl,
      TARGET_ACCESS_KEY: stack.accessKey,
      TARGET_SIP: `${stack.sip.host}:${stack.sip.port}`,
      TARGET_NUMBERS: JSON.stringify({ bank: LOCAL_NUMBERS.bank, support: LOCAL_NUMBERS.support }),
      DRIVER_FROM: LOCAL_NUMBERS.caller,
      DRIVER_RECORDS: 'yes',
    },
    k6Env: {
      API_URL: stack.apiUrl,
      ACCESS_KEY: stack.accessKey,
      PROVIDERS_URL: stack.providersUrl,
      BALANCE_MINOR: String(balance),
      STT_ALLOWANCE_MS: String(STT_ALLOWANCE_MS),
    },
  };
}
