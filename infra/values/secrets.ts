import { createHmac } from 'node:crypto';
import type { DeployConfig } from '../config-schema.ts';
import { SecretText } from '../secret-text.ts';
import { hasBridgeWayOut } from '../ways-out.ts';
import { trunkPasswords } from './bridge-trunks.ts';

/** A Kubernetes Secret to be made. Its data are hidden until they are handed to Pulumi. */
export interface SecretSpec {
  name: string;
  namespace: string;
  data: Record<string, SecretText>;
}

export const SECRET_NAMES = {
  livekit: 'patchbay-livekit-keys',
  redis: 'patchbay-redis-password',
  session: 'patchbay-session',
  accessKeys: 'patchbay-access-keys',
  providers: 'patchbay-provider-keys',
  drachtio: 'patchbay-drachtio',
  trunkPasswords: 'patchbay-trunk-passwords',
  bridgeControl: 'patchbay-bridge-control',
} as const;

/** All Secrets of the stack. */
export function secretSpecs(config: DeployConfig): SecretSpec[] {
  const { apps, media } = config.namespaces;
  const livekit = {
    LIVEKIT_API_KEY: new SecretText(config.livekit.apiKey),
    LIVEKIT_API_SECRET: config.livekit.apiSecret,
  };
  const specs: SecretSpec[] = [
    { name: SECRET_NAMES.livekit, namespace: apps, data: livekit },
    {
      name: SECRET_NAMES.session,
      namespace: apps,
      data: { API_SESSION_SECRET: config.api.sessionSecret ?? derived(config, 'session') },
    },
    { name: SECRET_NAMES.providers, namespace: apps, data: providerKeys(config) },
  ];
  const hasMediaPods = config.livekit.mode === 'own' || config.bridge.enabled;
  if (hasMediaPods) specs.push({ name: SECRET_NAMES.livekit, namespace: media, data: livekit });
  if (config.api.accessKeys.length > 0) {
    const keys = config.api.accessKeys.map((key) => key.reveal()).join(',');
    specs.push({
      name: SECRET_NAMES.accessKeys,
      namespace: apps,
      data: { API_ACCESS_KEYS: new SecretText(keys) },
    });
  }
  if (config.bridge.enabled) {
    const secret = config.bridge.drachtioSecret ?? derived(config, 'drachtio');
    specs.push({
      name: SECRET_NAMES.drachtio,
      namespace: media,
      data: { DRACHTIO_SECRET: secret },
    });
  }
  const passwords = config.bridge.enabled ? trunkPasswords(config) : undefined;
  if (passwords) {
    specs.push({
      name: SECRET_NAMES.trunkPasswords,
      namespace: media,
      data: { BRIDGE_TRUNK_PASSWORDS: passwords },
    });
  }
  if (hasBridgeWayOut(config)) {
    const data = { BRIDGE_CONTROL_KEY: config.bridge.controlKey ?? derived(config, 'control') };
    specs.push(
      { name: SECRET_NAMES.bridgeControl, namespace: media, data },
      { name: SECRET_NAMES.bridgeControl, namespace: apps, data },
    );
  }
  const password = redisPassword(config);
  if (password) {
    specs.push({
      name: SECRET_NAMES.redis,
      namespace: media,
      data: { REDIS_PASSWORD: password },
    });
  }
  return specs;
}

/** Redis's password; undefined where there is none, or no Redis. */
export function redisPassword(config: DeployConfig): SecretText | undefined {
  if (config.livekit.mode === 'existing' || !config.redis) return undefined;
  return config.redis.mode === 'dev' ? derived(config, 'redis') : config.redis.password;
}

/**
 * Changes when one of the named Secrets changes, so that pods roll. Keyed with LiveKit's API secret:
 * it stands in the open, and a plain hash of a weak password could be guessed.
 */
export function secretsChecksum(config: DeployConfig, ...names: string[]): string {
  const hash = createHmac('sha256', config.livekit.apiSecret.reveal());
  for (const { name, data } of secretSpecs(config)) {
    if (!names.includes(name)) continue;
    for (const [key, value] of Object.entries(data)) hash.update(`${key}=${value.reveal()}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function providerKeys({ agent }: DeployConfig): Record<string, SecretText> {
  const { deepgramApiKey, openaiApiKey, groqApiKey, cartesiaApiKey, sarvamApiKey } =
    agent.providers;
  return {
    ...(deepgramApiKey ? { DEEPGRAM_API_KEY: deepgramApiKey } : {}),
    ...(openaiApiKey ? { OPENAI_API_KEY: openaiApiKey } : {}),
    ...(groqApiKey ? { GROQ_API_KEY: groqApiKey } : {}),
    ...(cartesiaApiKey ? { CARTESIA_API_KEY: cartesiaApiKey } : {}),
    ...(sarvamApiKey ? { SARVAM_API_KEY: sarvamApiKey } : {}),
  };
}

/** A secret between our own parts needs no key of its own. */
function derived(config: DeployConfig, purpose: string): SecretText {
  const hash = createHmac('sha256', config.livekit.apiSecret.reveal());
  return new SecretText(hash.update(`patchbay ${purpose}`).digest('hex'));
}
