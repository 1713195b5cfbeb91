import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sandboxEnvironment } from '../config.ts';
import { findBinary } from './binaries.ts';
import { startChild, type Child } from './child.ts';
import { freePorts } from './free-ports.ts';
import type { LiveKitAddress } from './service-env.ts';
import { untilReady } from './services.ts';

const LOOPBACK = '127.0.0.1';
const READY_TIMEOUT_MS = 20_000;
/** Away from the bridge's ports and below those that the system gives to others. */
const RTP_PORTS = '17000-17999';

/** How to get what the sandbox can't build. */
export const NO_LIVEKIT_SIP =
  'there is no livekit-sip on PATH (or at LIVEKIT_SIP_BIN); its Go module is not served to all, take it from github.com/livekit/sip';

/** The livekit-sip program, undefined where there is none. */
export async function findLiveKitSip(): Promise<string | undefined> {
  const given = sandboxEnvironment()['LIVEKIT_SIP_BIN'];
  if (given) return given;
  return findBinary('livekit-sip').catch(() => undefined);
}

export interface LiveKitSipOptions {
  binary: string;
  livekit: LiveKitAddress;
  redisAddress: string;
  /** For its configuration, which holds the secret. */
  folder: string;
  logFile: string;
}

export interface LiveKitSip {
  readonly sip: { host: string; port: number };
  close(): Promise<void>;
}

/** Start the real LiveKit SIP on loopback, beside the livekit-server that shares its Redis. */
export async function startLiveKitSip(options: LiveKitSipOptions): Promise<LiveKitSip> {
  const [sipPort = 0, healthPort = 0, metricsPort = 0] = await freePorts(3);
  const { livekit, folder } = options;
  const config = {
    ws_url: livekit.url,
    api_key: livekit.apiKey,
    api_secret: livekit.apiSecret,
    redis: { address: options.redisAddress },
    sip_port: sipPort,
    rtp_port: RTP_PORTS,
    health_port: healthPort,
    prometheus_port: metricsPort,
    listen_ip: LOOPBACK,
    nat_1_to_1_ip: LOOPBACK,
    local_net: '127.0.0.0/8',
    // By default it takes no calls on a machine that others keep busy.
    max_cpu_utilization: 1,
    logging: { json: true, level: 'info' },
  };
  const configFile = join(folder, 'livekit-sip.yaml');
  // JSON is YAML; the file holds the secret, so only its owner may read it.
  await writeFile(configFile, JSON.stringify(config, null, 2), { mode: 0o600 });
  const child: Child = await startChild({
    name: 'livekit-sip',
    command: options.binary,
    args: ['--config', configFile],
    env: {},
    logFile: options.logFile,
    isReady: (line) => line.includes('server starting'),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: 5_000,
  });
  const healthUrl = `http://${LOOPBACK}:${healthPort}/`;
  await untilReady('livekit-sip', healthUrl, READY_TIMEOUT_MS, () => child.running);
  return {
    sip: { host: LOOPBACK, port: sipPort },
    close: () => {
      // On SIGTERM it waits for its calls; on SIGINT it ends them.
      child.kill('SIGINT');
      return child.close();
    },
  };
}
