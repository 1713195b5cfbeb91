import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child.ts';
import { freePorts } from './free-ports.ts';
import { findBinary } from './binaries.ts';

export interface LiveKitOptions {
  /** Path of the livekit-server binary; found by {@link findBinary} if not given. */
  binary?: string;
  /** Port of the HTTP and WebSocket API; a free one by default. Give it to bring a server back at the same place. */
  port?: number;
  apiKey?: string;
  apiSecret?: string;
  /** `host:port` of a Redis. Without one LiveKit refuses all that has to do with SIP. */
  redisAddress?: string;
  /** Where LiveKit posts its events, signed with the API key. */
  webhookUrls?: readonly string[];
  /** Log file; a file in a temporary folder by default. */
  logFile?: string;
}

export interface LiveKit {
  /** For clients and agents, `ws://127.0.0.1:…`. */
  readonly url: string;
  /** For the server API, `http://127.0.0.1:…`. */
  readonly httpUrl: string;
  readonly metricsUrl: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;
const START_ATTEMPTS = 3;
/**
 * The STUN server that clients are told of: nobody, on this machine. Told none, LiveKit names public
 * ones (livekit-server pkg/service/roommanager.go, iceServersForParticipant), which every client then
 * looks up; here there is nothing that STUN could help with.
 */
const NO_STUN_SERVER = '127.0.0.1:9';

/** Start the real livekit-server on free loopback ports with generated keys. */
export async function startLiveKit(options: LiveKitOptions = {}): Promise<LiveKit> {
  const binary = options.binary ?? (await findBinary('livekit-server'));
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(binary, options);
    } catch (error) {
      // A port that was free a moment ago may be taken by now.
      const portTaken = String(error).includes('address already in use');
      if (!portTaken || options.port !== undefined || attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function start(binary: string, options: LiveKitOptions): Promise<LiveKit> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-livekit-'));
  const [freePort = 0, tcpPort, udpPort, metricsPort] = await freePorts(4);
  const port = options.port ?? freePort;
  const apiKey = options.apiKey ?? `API${randomBytes(6).toString('hex')}`;
  const apiSecret = options.apiSecret ?? randomBytes(24).toString('hex');
  const config = {
    port,
    bind_addresses: ['127.0.0.1'],
    prometheus: { port: metricsPort },
    keys: { [apiKey]: apiSecret },
    logging: { json: true, level: 'info' },
    ...(options.redisAddress === undefined ? {} : { redis: { address: options.redisAddress } }),
    rtc: {
      tcp_port: tcpPort,
      udp_port: udpPort,
      node_ip: '127.0.0.1',
      enable_loopback_candidate: true,
      interfaces: { includes: ['lo'] },
      use_external_ip: false,
      stun_servers: [NO_STUN_SERVER],
    },
    room: { auto_create: true, empty_timeout: 30, departure_timeout: 5 },
    ...(options.webhookUrls && options.webhookUrls.length > 0
      ? { webhook: { api_key: apiKey, urls: options.webhookUrls } }
      : {}),
  };
  const configFile = join(folder, 'livekit.yaml');
  // JSON is YAML; the file holds the secret, so only its owner may read it.
  await writeFile(configFile, JSON.stringify(config, null, 2), { mode: 0o600 });
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    const child = await startChild({
      name: 'livekit-server',
      command: binary,
      args: ['--config', configFile],
      env: {},
      logFile: options.logFile ?? join(folder, 'livekit.log'),
      isReady: (line) => line.includes('starting LiveKit server'),
      readyTimeoutMs: READY_TIMEOUT_MS,
      stopTimeoutMs: 5_000,
    });
    await untilAnswers(`http://127.0.0.1:${port}/`);
    return {
      url: `ws://127.0.0.1:${port}`,
      httpUrl: `http://127.0.0.1:${port}`,
      metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
      apiKey,
      apiSecret,
      port,
      pid: child.pid,
      close: async () => {
        await child.close();
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** The log line comes just before the socket is bound; ask until it answers. */
async function untilAnswers(url: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      if (response.ok) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
