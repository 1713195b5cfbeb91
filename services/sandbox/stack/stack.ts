import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sandboxEnvironment } from '../config.ts';
import { freePorts } from './free-ports.ts';
import { startLiveKit, type LiveKit } from './livekit-server.ts';
import { CallRecords } from './records.ts';
import {
  agentEnv,
  apiEnv,
  bridgeEnv,
  edgeEnv,
  livekitEnv,
  sandboxProvidersEnv,
  tracesEnv,
  type ServiceEnv,
} from './service-env.ts';
import { LOCAL_NUMBERS } from './local-numbers.ts';
import { portOf, startService, untilReady, type RunningService } from './services.ts';
import { TrunkDoor } from './trunk-door.ts';

export { LOCAL_NUMBERS } from './local-numbers.ts';

const LOOPBACK = '127.0.0.1';
const READY_TIMEOUT_MS = 60_000;
/** A port where nothing answers (discard, RFC 863), for parts that were left out. */
const NOBODY = 9;

const MAINS = {
  collector: 'sandbox/collector/main.ts',
  providers: 'sandbox/providers/main.ts',
  bank: 'sandbox/bank/main.ts',
  'sip-edge': 'sandbox/sip-edge/main.ts',
  bridge: 'bridge/main.ts',
  agent: 'agent/dist/main.js',
  api: 'api/main.ts',
} as const;
export type ServiceName = keyof typeof MAINS;

/** Doors first, so that calls end and are recorded while the room is still there. */
const CLOSING_ORDER: readonly ServiceName[] = [
  'bridge',
  'api',
  'agent',
  'sip-edge',
  'providers',
  'bank',
  'collector',
];
/** Those with `/readyz`. */
const PROBED = ['bridge', 'agent', 'api'] as const;

export interface ProviderKeys {
  DEEPGRAM_API_KEY: string;
  OPENAI_API_KEY: string;
  CARTESIA_API_KEY: string;
  /** Of the providers that stand by; without a key one is left out. */
  GROQ_API_KEY?: string;
  SARVAM_API_KEY?: string;
}

export interface StackOptions {
  /** Folder for logs and recordings; made if missing. */
  runDir: string;
  /** Keys of the real providers; without them the sandbox's stand-ins are started and used. */
  providers?: ProviderKeys;
  /** Port of the API and page; a free one by default. */
  apiPort?: number;
  /** More or other variables for a service, by its name. */
  env?: Readonly<Partial<Record<ServiceName, ServiceEnv>>>;
  /** Don't start these, nor what can't be ready without them; for tests of absence. */
  without?: readonly ServiceName[];
  /** Keep traces in {@link StackOptions.runDir}, for `make trace`. */
  traces?: boolean;
  /** Path of livekit-sip; the trunk door is left out without it. */
  livekitSip?: string | undefined;
  /** Told when a part is up, for a person who waits. */
  progress?: (part: string) => void;
  /** Every line that a service prints. */
  onLine?: (service: string, line: string) => void;
  /** Start livekit-server only after everything else is up and this has resolved. */
  beforeLiveKit?: (stack: Pick<Stack, 'opsUrl'>) => Promise<void>;
}

/**
 * The whole of Patchbay on this machine: livekit-server, our services, and the sandbox's stand-ins,
 * each a process of its own on a free loopback port with generated keys.
 */
export class Stack {
  readonly runDir: string;
  readonly records = new CallRecords();
  readonly accessKey = randomBytes(16).toString('hex');
  readonly #options: StackOptions;
  readonly #running = new Map<ServiceName, RunningService>();
  #livekit: LiveKit | undefined;
  #trunkDoor: TrunkDoor | undefined;
  #apiPort = NOBODY;

  private constructor(options: StackOptions) {
    this.#options = options;
    this.runDir = options.runDir;
  }

  /**
   * Start everything and wait until every part may receive calls. What was started is ended again
   * when a part does not come up.
   * @throws Error naming the part and its last lines
   */
  static async start(options: StackOptions): Promise<Stack> {
    await mkdir(options.runDir, { recursive: true });
    const stack = new Stack(options);
    try {
      await stack.#start();
      return stack;
    } catch (error) {
      await stack.close();
      throw error;
    }
  }

  get livekit(): LiveKit {
    if (!this.#livekit) throw new Error('livekit-server is not up');
    return this.#livekit;
  }

  get apiUrl(): string {
    return `http://${LOOPBACK}:${this.#apiPort}`;
  }

  get sip(): { host: string; port: number } {
    return { host: LOOPBACK, port: this.#port('sip-edge', 'sipPort') };
  }

  /** LiveKit SIP; undefined if it was left out. */
  get trunkDoor(): TrunkDoor | undefined {
    return this.#trunkDoor;
  }

  get bankUrl(): string {
    return `http://${LOOPBACK}:${this.#port('bank', 'port')}`;
  }

  /** Where the provider stand-ins answer; with real providers nobody does. */
  get providersUrl(): string {
    return `http://${LOOPBACK}:${this.#port('providers', 'port')}`;
  }

  /** Where a service serves /metrics, /healthz and /readyz. */
  opsUrl(name: (typeof PROBED)[number]): string {
    return `http://${LOOPBACK}:${this.#port(name, 'opsPort')}`;
  }

  service(name: ServiceName): RunningService {
    const service = this.#running.get(name);
    if (!service) throw new Error(`${name} was not started`);
    return service;
  }

  /** End every process, doors first. */
  async close(): Promise<void> {
    await this.#trunkDoor?.closeSip();
    for (const name of CLOSING_ORDER) await this.#running.get(name)?.close();
    await this.#livekit?.close();
    await this.#trunkDoor?.close();
  }

  async #start(): Promise<void> {
    const [livekitPort = 0, freeApiPort = 0, workerPort = 0, agentOpsPort = 0] = await freePorts(4);
    const catalogUrl = `http://${LOOPBACK}:${agentOpsPort}/agents`;
    this.#apiPort = this.#options.apiPort ?? freeApiPort;
    const livekit = {
      port: livekitPort,
      url: `ws://${LOOPBACK}:${livekitPort}`,
      apiKey: `API${randomBytes(6).toString('hex')}`,
      apiSecret: randomBytes(24).toString('hex'),
    };
    if (this.#options.traces) {
      await this.#service('collector', { COLLECTOR_PORT: '0', COLLECTOR_DIR: this.runDir });
    }
    const late = this.#options.beforeLiveKit;
    const edgeSecret = randomBytes(16).toString('hex');
    await allSettled([
      late ? undefined : this.#startLiveKit(livekit),
      this.#service('bank', { BANK_PORT: '0' }),
      this.#service('sip-edge', edgeEnv(edgeSecret)),
      this.#options.providers ? undefined : this.#service('providers', { PROVIDERS_PORT: '0' }),
    ]);
    const keys = {
      ...livekitEnv(livekit),
      ...(this.#options.traces ? tracesEnv(this.#port('collector', 'port')) : {}),
    };
    const startAgentThenApi = async () => {
      await this.#service('agent', {
        ...keys,
        ...agentEnv({
          worker: workerPort,
          ops: agentOpsPort,
          bank: this.#port('bank', 'port'),
        }),
        ...(this.#options.providers ?? sandboxProvidersEnv(this.#port('providers', 'port'))),
      });
      const sessionSecret = randomBytes(32).toString('hex');
      await this.#service('api', {
        ...keys,
        ...apiEnv({ port: this.#apiPort, accessKey: this.accessKey, sessionSecret, catalogUrl }),
      });
    };
    const drachtio = { port: this.#port('sip-edge', 'appPort'), secret: edgeSecret };
    await allSettled([
      startAgentThenApi(),
      this.#service('bridge', {
        ...keys,
        ...bridgeEnv(drachtio, this.#options.without?.includes('agent') ? undefined : catalogUrl),
      }),
    ]);
    if (late) {
      await late(this);
      await this.#startLiveKit(livekit);
    }
    await this.#untilAllReady();
  }

  async #startLiveKit(at: { port: number; apiKey: string; apiSecret: string }): Promise<void> {
    const { livekitSip: binary } = this.#options;
    const { bank, support } = LOCAL_NUMBERS;
    const door = binary ? await TrunkDoor.prepare({ binary, runDir: this.runDir }) : undefined;
    this.#trunkDoor = door;
    this.#livekit = await startLiveKit({
      ...at,
      ...(door ? { redisAddress: door.redisAddress } : {}),
      webhookUrls: [`${this.apiUrl}/livekit/webhook`],
      logFile: join(this.runDir, 'livekit-server.log'),
    });
    this.#options.progress?.('livekit-server');
    if (!door) return;
    await door.open(this.#livekit, { [bank]: 'bank', [support]: 'support' });
    this.#options.progress?.('livekit-sip');
  }

  async #service(name: ServiceName, env: ServiceEnv): Promise<void> {
    if (this.#options.without?.includes(name)) return;
    const runner = {
      runDir: this.runDir,
      inherit: inherited(),
      onLine: (line: string) => {
        this.records.offer(line);
        this.#options.onLine?.(name, line);
      },
    };
    const given = { ...env, ...this.#options.env?.[name] };
    this.#running.set(name, await startService(runner, { name, main: MAINS[name], env: given }));
    this.#options.progress?.(name);
  }

  async #untilAllReady(): Promise<void> {
    const waits = PROBED.filter((name) => this.#running.has(name)).map((name) =>
      untilReady(
        name,
        `${this.opsUrl(name)}/readyz`,
        READY_TIMEOUT_MS,
        () => this.service(name).running,
      ),
    );
    await allSettled(waits);
  }

  #port(name: ServiceName, field: string): number {
    const service = this.#running.get(name);
    return service ? portOf(service, field) : NOBODY;
  }
}

function inherited(): Record<string, string> {
  const { PATH, HOME, TMPDIR } = sandboxEnvironment();
  const entries = Object.entries({ PATH, HOME, TMPDIR });
  return {
    ...Object.fromEntries(entries.filter((entry): entry is [string, string] => !!entry[1])),
    // As it is deployed; rtc-node prints each of its steps otherwise.
    NODE_ENV: 'production',
  };
}

/** Like Promise.all, but waits for all even if one fails, so that nothing starts behind our back. */
async function allSettled(promises: readonly (Promise<void> | undefined)[]): Promise<void> {
  const results = await Promise.allSettled(promises.filter((promise) => promise !== undefined));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
