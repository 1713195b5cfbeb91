import { silentLogger } from '@patchbay/common/logger';
import type { Customer, Ledger } from '@patchbay/sandbox/bank/ledger';
import { startBank, type Bank } from '@patchbay/sandbox/bank/start-bank';
import { startProviders, type Providers } from '@patchbay/sandbox/providers/start-providers';
import { startLiveKit, type LiveKit } from '@patchbay/sandbox/stack/livekit-server';
import { TestCaller, type CallerOptions } from './test-caller.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** The only key the provider stand-ins take. */
export const SANDBOX_KEY = 'sandbox';

/** Everything a call needs, with the worker as a process of its own. */
export interface AgentStack {
  readonly livekit: LiveKit;
  readonly providers: Providers;
  readonly worker: WorkerProcess;
  /** What the bank holds. */
  readonly ledger: Ledger;
  join(options: Pick<CallerOptions, 'agent' | 'kind' | 'phoneNumber'>): Promise<TestCaller>;
  /** Close every caller that has joined. */
  hangUpAll(): Promise<void>;
  close(): Promise<void>;
}

export interface AgentStackOptions {
  /** Who banks here. Default: the demo's customer alone. */
  customers?: readonly Customer[];
}

/** @param env of the worker, besides what it needs to find the rest */
export async function startAgentStack(
  env: Record<string, string> = {},
  { customers }: AgentStackOptions = {},
): Promise<AgentStack> {
  const log = silentLogger();
  const [livekit, providers, bank] = await Promise.all([
    startLiveKit(),
    startProviders({ host: '127.0.0.1', port: 0, log }),
    startBank({ host: '127.0.0.1', port: 0, log, ...(customers ? { customers } : {}) }),
  ]);
  const worker = await startWorkerProcess({ ...agentEnv(livekit, providers, bank), ...env });
  const callers: TestCaller[] = [];
  const hangUpAll = async () => {
    await Promise.all(callers.splice(0).map((caller) => caller.close()));
  };
  await worker.ready();
  return {
    livekit,
    providers,
    worker,
    ledger: bank.ledger,
    join: async (options) => {
      const caller = await TestCaller.join({ ...livekit, ...options });
      callers.push(caller);
      return caller;
    },
    hangUpAll,
    close: async () => {
      await hangUpAll();
      await worker.close();
      await Promise.all([providers.close(), bank.close()]);
      await livekit.close();
    },
  };
}

function agentEnv(livekit: LiveKit, providers: Providers, bank: Bank): Record<string, string> {
  return {
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
    BANK_API_URL: bank.url,
    BANK_DEFAULT_CUSTOMER: '+12025550187',
    DEEPGRAM_API_KEY: SANDBOX_KEY,
    OPENAI_API_KEY: SANDBOX_KEY,
    GROQ_API_KEY: SANDBOX_KEY,
    CARTESIA_API_KEY: SANDBOX_KEY,
    SARVAM_API_KEY: SANDBOX_KEY,
    DEEPGRAM_BASE_URL: providers.url.replace('http', 'ws'),
    OPENAI_BASE_URL: `${providers.url}/v1`,
    GROQ_BASE_URL: `${providers.url}/openai/v1`,
    CARTESIA_BASE_URL: providers.url,
    SARVAM_BASE_URL: providers.url,
  };
}
