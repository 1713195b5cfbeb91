import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sandboxEnvironment } from '../config.ts';
import { freePorts } from './free-ports.ts';
import { startLiveKit, type LiveKit } from './livekit-server.ts';
import { CallRecords } from './records.ts';
import {
  portOf,
  startService,
  untilReady,
  type RunningService,
  type ServiceRunner,
  type ServiceSpec,
} from './services.ts';

/** Numbers of the local stack, from the range set aside for fiction (555-01xx). */
export const LOCAL_NUMBERS = {
  bank: '+12025550101',
  support: '+12025550102',
  /** The customer the sandbox's bank knows. */
  caller: '+12025550187',
} as const;

export interface ProviderKeys {
  DEEPGRAM_API_KEY: string;
  OPENAI_API_KEY: string;
  CARTESIA_API_KEY: string;
}

/** The key the provider stand-ins accept. */
const SANDBOX_KEY = 'sandbox';
const LOOPBACK = '127.0.0.1';
const READY_TIMEOUT_MS = 60_000;

export interface StackOptions {
  /** Folder for logs and recordings; made if missing. */
  runDir: string;
  /** Keys of the real providers; without them the sandbox's stand-ins are started and used. */
  providers?: ProviderKeys;
  /** Port of the API and page; a free one by default. */
  apiPort?: number;
  /** More or other variables for a service, by its name. */
  env?: Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>;
  /** Don't start these (tests of absence). */
  without?: readonly ServiceName[];
  /** Told when a part is up, for a person who waits. */
  progress?: (text: string) => void;
}

export type ServiceName = 'providers' | 'bank' | 'sip-edge' | 'bridge' | 'agent' | 'api';

export interface Stack {
  readonly livekit: LiveKit;
  readonly apiUrl: string;
  readonly accessKey: string;
  readonly sip: { host: string; port: number };
  readonly bankUrl: string;
  /** Undefined with real providers. */
  readonly providersUrl: string | undefined;
  /** Where a service serves /metrics, /healthz and /readyz. */
  opsUrl(service: 'bridge' | 'agent' | 'api'): string;
  service(name: ServiceName): RunningService | undefined;
  readonly records: CallRecords;
  readonly runDir: string;
  close(): Promise<void>;
}

/**
 * Start everything on free loopback ports with generated keys and wait until every part may receive
 * calls. What was started is ended again when a part does not come up.
 * @throws Error naming the part and its last lines
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  await mkdir(options.runDir, { recursive: true });
  const records = new CallRecords();
  const running = new Map<string, RunningService>();
  let livekit: LiveKit | undefined;
  const close = async () => {
    // Doors first, so that calls end and are recorded while the room is still there.
    for (const name of ['bridge', 'api', 'agent', 'sip-edge', 'providers', 'bank']) {
      await running.get(name)?.close();
    }
    await livekit?.close();
  };
  const { PATH, HOME, TMPDIR } = sandboxEnvironment();
  const runner: ServiceRunner = {
    runDir: options.runDir,
    inherit: {
      ...(PATH === undefined ? {} : { PATH }),
      ...(HOME === undefined ? {} : { HOME }),
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
    },
    onLine: (_service, line) => records.offer(line),
    onExit: () => undefined,
  };
  const start = async (name: ServiceName, main: string, env: ServiceSpec['env']) => {
    if (options.without?.includes(name)) return undefined;
    const service = await startService(runner, {
      name,
      main,
      env: { LOG_LEVEL: 'info', ...env, ...options.env?.[name] },
    });
    running.set(name, service);
    options.progress?.(name);
    return service;
  };
  try {
    const [freeApiPort = 0, workerPort = 0] = await freePorts(2);
    const apiPort = options.apiPort ?? freeApiPort;
    const edgeSecret = randomBytes(16).toString('hex');
    const accessKey = randomBytes(16).toString('hex');
    const startSfu = async () => {
      livekit = await startLiveKit({
        webhookUrls: [`http://${LOOPBACK}:${apiPort}/livekit/webhook`],
        logFile: join(options.runDir, 'livekit-server.log'),
      });
      options.progress?.('livekit-server');
      return livekit;
    };
    const [sfu, bank, edge, providers] = await settle([
      startSfu(),
      start('bank', 'sandbox/bank/main.ts', { BANK_PORT: '0' }),
      start('sip-edge', 'sandbox/sip-edge/main.ts', {
        EDGE_SIP_HOST: LOOPBACK,
        EDGE_SIP_PORT: '0',
        EDGE_APP_PORT: '0',
        EDGE_SECRET: edgeSecret,
      }),
      options.providers
        ? undefined
        : start('providers', 'sandbox/providers/main.ts', { PROVIDERS_PORT: '0' }),
    ] as const);
    const keys = {
      LIVEKIT_URL: sfu.url,
      LIVEKIT_API_KEY: sfu.apiKey,
      LIVEKIT_API_SECRET: sfu.apiSecret,
    };
    const bankUrl = bank ? `http://${LOOPBACK}:${portOf(bank, 'port')}` : `http://${LOOPBACK}:9`;
    const providersPort = providers ? portOf(providers, 'port') : undefined;
    const startAgent = start('agent', 'agent/main.ts', {
      ...keys,
      AGENT_WORKER_PORT: String(workerPort),
      BANK_API_URL: bankUrl,
      BANK_DEFAULT_CUSTOMER: LOCAL_NUMBERS.caller,
      ...(options.providers ?? sandboxProviders(providersPort)),
    });
    const startBridge = start('bridge', 'bridge/main.ts', {
      ...keys,
      DRACHTIO_HOST: LOOPBACK,
      DRACHTIO_PORT: String(edge ? portOf(edge, 'appPort') : 9),
      DRACHTIO_SECRET: edgeSecret,
      BRIDGE_TRUNKS: JSON.stringify([
        {
          name: 'local',
          numbers: { [LOCAL_NUMBERS.bank]: 'bank', [LOCAL_NUMBERS.support]: 'support' },
        },
      ]),
      BRIDGE_RTP_BIND: LOOPBACK,
      BRIDGE_RTP_ADVERTISED: LOOPBACK,
    });
    const startApi = startAgent.then((agent) =>
      start('api', 'api/main.ts', {
        ...keys,
        API_HOST: LOOPBACK,
        API_PORT: String(apiPort),
        API_ACCESS_KEYS: accessKey,
        API_SESSION_SECRET: randomBytes(32).toString('hex'),
        AGENT_CATALOG_URL: `http://${LOOPBACK}:${agent ? portOf(agent, 'opsPort') : 9}/agents`,
      }),
    );
    await settle([startAgent, startBridge, startApi] as const);
    const opsUrl = (name: ServiceName) => {
      const service = running.get(name);
      if (!service) throw new Error(`${name} was not started`);
      return `http://${LOOPBACK}:${portOf(service, 'opsPort')}`;
    };
    if (!options.without?.length) {
      await settle(
        (['bridge', 'agent', 'api'] as const).map((name) =>
          untilReady(
            name,
            opsUrl(name),
            READY_TIMEOUT_MS,
            () => running.get(name)?.running ?? false,
          ),
        ),
      );
    }
    return {
      livekit: sfu,
      apiUrl: `http://${LOOPBACK}:${apiPort}`,
      accessKey,
      sip: { host: LOOPBACK, port: edge ? portOf(edge, 'sipPort') : 9 },
      bankUrl,
      providersUrl: providersPort ? `http://${LOOPBACK}:${providersPort}` : undefined,
      opsUrl,
      service: (name) => running.get(name),
      records,
      runDir: options.runDir,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function sandboxProviders(port: number | undefined): Record<string, string> {
  const at = `${LOOPBACK}:${port ?? 9}`;
  return {
    DEEPGRAM_API_KEY: SANDBOX_KEY,
    OPENAI_API_KEY: SANDBOX_KEY,
    CARTESIA_API_KEY: SANDBOX_KEY,
    DEEPGRAM_BASE_URL: `ws://${at}`,
    OPENAI_BASE_URL: `http://${at}/v1`,
    CARTESIA_BASE_URL: `http://${at}`,
  };
}

/** Like Promise.all, but waits for all of them even if one fails, so that nothing starts unseen. */
async function settle<T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as {
    -readonly [K in keyof T]: Awaited<T[K]>;
  };
}
