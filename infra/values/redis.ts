import type { DeployConfig } from '../config-schema.ts';
import { serviceHost } from './releases.ts';
import { redisPassword, SECRET_NAMES, secretsChecksum } from './secrets.ts';
import { foreignImage, pullSecrets, type ImageValues, type PullSecretValues } from './shared.ts';

/** Values of charts/redis. */
export interface RedisValues extends PullSecretValues {
  image: ImageValues;
  auth: { existingSecret: string };
  secretsChecksum: string;
}

/** Whether the stack brings a Redis: for development only. */
export function hasOwnRedis({ livekit, redis }: DeployConfig): boolean {
  return livekit.mode === 'own' && redis?.mode === 'dev';
}

export function redisValues(config: DeployConfig): RedisValues {
  return {
    image: foreignImage(config, config.images.redis),
    ...pullSecrets(config),
    auth: { existingSecret: SECRET_NAMES.redis },
    secretsChecksum: secretsChecksum(config, SECRET_NAMES.redis),
  };
}

/** `redis` of the LiveKit charts. */
export interface RedisClientValues {
  address: string;
  username?: string;
  tls?: boolean;
  existingSecret?: string;
}

const REDIS_PORT = 6_379;

export function redisClient(config: DeployConfig): RedisClientValues {
  const { redis } = config;
  if (!redis) return { address: '' };
  const secret = redisPassword(config) ? { existingSecret: SECRET_NAMES.redis } : {};
  if (redis.mode === 'dev') {
    return { address: `${serviceHost(config, 'redis')}:${REDIS_PORT}`, ...secret };
  }
  return { address: redis.address, username: redis.username, tls: redis.tls, ...secret };
}
