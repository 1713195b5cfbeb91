import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type StackConfig = Record<string, unknown>;

const REPOSITORY = join(import.meta.dirname, '../..');

/** Secrets of the samples; tests look for these in places where they must not be. */
export const SAMPLE_SECRETS = {
  livekit: 'livekit-secret-0123456789abcdef0123456789',
  redis: 'redis-password-0123456789',
  openai: 'openai-key-0123456789',
  accessKey: 'access-key-0123456789abcdef',
  exotelKey: 'exotel-key-0123456789',
  exotelToken: 'exotel-token-0123456789',
  twilio: 'twilio-password-0123456789',
  callerDigest: 'caller-digest-0123456789',
  outboundDigest: 'outbound-digest-0123456789',
} as const;

/** The trunk `exchange` of Pulumi.prod.example.yaml, as the bridge has to be told of it. */
export const EXCHANGE_AT_BRIDGE = {
  name: 'exchange',
  direction: 'both',
  numbers: { '+12025550104': 'bank', reception: 'support' },
  codecs: ['PCMA', 'PCMU'],
  transports: ['tls'],
  mediaEncryption: 'allow',
  sources: ['203.0.113.130/32', '203.0.113.144/28'],
  users: ['exchange'],
  limits: { calls: 100, callsPerSecond: 5 },
  outbound: {
    host: 'sip.exchange.example.com',
    port: 5_061,
    transport: 'tls',
    domain: 'patchbay.exchange.example.com',
    user: 'patchbay',
  },
} as const;

/** Pulumi.dev.yaml with its secret. */
export function devConfig(): StackConfig {
  const config = stackFile('Pulumi.dev.yaml');
  put(config, ['livekit', 'apiSecret'], SAMPLE_SECRETS.livekit);
  return config;
}

/** Pulumi.prod.example.yaml with its secrets. */
export function prodConfig(): StackConfig {
  const config = stackFile('Pulumi.prod.example.yaml');
  put(config, ['livekit', 'apiSecret'], SAMPLE_SECRETS.livekit);
  put(config, ['redis', 'password'], SAMPLE_SECRETS.redis);
  put(config, ['agent', 'providers', 'openaiApiKey'], SAMPLE_SECRETS.openai);
  put(config, ['api', 'accessKeys'], [SAMPLE_SECRETS.accessKey]);
  put(config, ['trunks', 0, 'exotel', 'apiKey'], SAMPLE_SECRETS.exotelKey);
  put(config, ['trunks', 0, 'exotel', 'apiToken'], SAMPLE_SECRETS.exotelToken);
  put(config, ['trunks', 1, 'twilio', 'password'], SAMPLE_SECRETS.twilio);
  put(config, ['trunks', 3, 'digest', 0, 'password'], SAMPLE_SECRETS.callerDigest);
  put(config, ['trunks', 3, 'outbound', 'digest', 'password'], SAMPLE_SECRETS.outboundDigest);
  return config;
}

/** The production sample on LiveKit Cloud. */
export function cloudConfig(): StackConfig {
  const config = prodConfig();
  config.livekit = {
    mode: 'existing',
    url: 'wss://project.livekit.cloud',
    sipHost: 'project.sip.livekit.cloud',
    apiKey: 'APIcloud',
    apiSecret: SAMPLE_SECRETS.livekit,
  };
  delete config.redis;
  delete config.livekitSip;
  put(config, ['ingress', 'livekitHost'], undefined);
  return config;
}

/**
 * Set a value deep inside; undefined removes it.
 * @throws Error if there is no such place
 */
export function put(config: StackConfig, path: readonly (string | number)[], value: unknown): void {
  let place = config as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) {
    const next = place[step];
    if (typeof next !== 'object' || next === null) throw new Error(`no ${path.join('.')}`);
    place = next as Record<string | number, unknown>;
  }
  const last = path.at(-1) ?? '';
  if (value === undefined) delete place[last];
  else place[last] = value;
}

function stackFile(name: string): StackConfig {
  const file = parse(readFileSync(join(REPOSITORY, name), 'utf8')) as { config: StackConfig };
  return Object.fromEntries(
    Object.entries(file.config)
      .filter(([key]) => key.startsWith('patchbay:'))
      .map(([key, value]) => [key.slice('patchbay:'.length), value]),
  );
}
