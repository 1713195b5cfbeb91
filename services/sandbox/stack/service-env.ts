import { LOCAL_NUMBERS } from './local-numbers.ts';

/** The key the provider stand-ins accept. */
const SANDBOX_KEY = 'sandbox';
const LOOPBACK = '127.0.0.1';

/** Variables a service is started with. */
export type ServiceEnv = Readonly<Record<string, string>>;

export interface LiveKitAddress {
  url: string;
  apiKey: string;
  apiSecret: string;
}

export function livekitEnv(livekit: LiveKitAddress): ServiceEnv {
  return {
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
  };
}

export function edgeEnv(secret: string): ServiceEnv {
  return {
    EDGE_SIP_HOST: LOOPBACK,
    EDGE_SIP_PORT: '0',
    EDGE_APP_PORT: '0',
    EDGE_SECRET: secret,
  };
}

/** @param catalogUrl the agents' page of free places; without it the bridge does not ask */
export function bridgeEnv(
  drachtio: { port: number; secret: string },
  catalogUrl?: string,
): ServiceEnv {
  return {
    ...(catalogUrl === undefined ? {} : { AGENT_CATALOG_URL: catalogUrl }),
    DRACHTIO_HOST: LOOPBACK,
    DRACHTIO_PORT: String(drachtio.port),
    DRACHTIO_SECRET: drachtio.secret,
    BRIDGE_TRUNKS: JSON.stringify([
      {
        name: 'local',
        numbers: { [LOCAL_NUMBERS.bank]: 'bank', [LOCAL_NUMBERS.support]: 'support' },
      },
    ]),
    BRIDGE_RTP_BIND: LOOPBACK,
    BRIDGE_RTP_ADVERTISED: LOOPBACK,
  };
}

export function agentEnv(ports: { worker: number; ops: number; bank: number }): ServiceEnv {
  return {
    OPS_PORT: String(ports.ops),
    AGENT_WORKER_PORT: String(ports.worker),
    BANK_API_URL: `http://${LOOPBACK}:${ports.bank}`,
    BANK_DEFAULT_CUSTOMER: LOCAL_NUMBERS.caller,
  };
}

export function apiEnv(options: {
  port: number;
  accessKey: string;
  sessionSecret: string;
  catalogUrl: string;
}): ServiceEnv {
  return {
    API_HOST: LOOPBACK,
    API_PORT: String(options.port),
    API_ACCESS_KEYS: options.accessKey,
    API_SESSION_SECRET: options.sessionSecret,
    AGENT_CATALOG_URL: options.catalogUrl,
  };
}

/** Where a part sends its traces. */
export function tracesEnv(collectorPort: number): ServiceEnv {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${LOOPBACK}:${collectorPort}` };
}

/** Keys and addresses of the provider stand-ins on one port. */
export function sandboxProvidersEnv(port: number): ServiceEnv {
  const at = `${LOOPBACK}:${port}`;
  return {
    DEEPGRAM_API_KEY: SANDBOX_KEY,
    OPENAI_API_KEY: SANDBOX_KEY,
    GROQ_API_KEY: SANDBOX_KEY,
    CARTESIA_API_KEY: SANDBOX_KEY,
    SARVAM_API_KEY: SANDBOX_KEY,
    DEEPGRAM_BASE_URL: `ws://${at}`,
    OPENAI_BASE_URL: `http://${at}/v1`,
    GROQ_BASE_URL: `http://${at}/openai/v1`,
    CARTESIA_BASE_URL: `http://${at}`,
    SARVAM_BASE_URL: `http://${at}`,
  };
}
