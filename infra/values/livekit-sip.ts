import type { DeployConfig } from '../config-schema.ts';
import { sourcesOf } from '../firewall.ts';
import { redisClient, type RedisClientValues } from './redis.ts';
import { livekitUrl } from './releases.ts';
import { SECRET_NAMES, secretsChecksum } from './secrets.ts';
import { foreignImage, mediaPart, type ImageValues, type MediaPartValues } from './shared.ts';

/** Values of charts/livekit-sip. */
export interface LiveKitSipValues extends MediaPartValues {
  image: ImageValues;
  livekit: { url: string; existingSecret: string };
  redis: RedisClientValues;
  sip: { port: number; tlsPort: number; tls: { existingSecret: string } };
  rtp: { portMin: number; portMax: number };
  service: { healthPort: number };
  metrics: { port: number };
  allowedSources: string[];
  secretsChecksum: string;
}

export function livekitSipValues(config: DeployConfig): LiveKitSipValues {
  const { livekitSip, ports } = config;
  return {
    image: foreignImage(config, config.images.livekitSip),
    ...mediaPart(config, 'livekit-sip', livekitSip, 'stun'),
    livekit: { url: livekitUrl(config), existingSecret: SECRET_NAMES.livekit },
    redis: redisClient(config),
    sip: {
      port: ports.livekitSip.sip,
      tlsPort: ports.livekitSip.tls,
      tls: { existingSecret: livekitSip.tlsSecret ?? '' },
    },
    rtp: { portMin: ports.livekitSip.rtp.min, portMax: ports.livekitSip.rtp.max },
    service: { healthPort: ports.livekitSip.health },
    metrics: { port: ports.livekitSip.metrics },
    allowedSources: sourcesOf(config, 'livekit'),
    secretsChecksum: secretsChecksum(config, SECRET_NAMES.livekit, SECRET_NAMES.redis),
  };
}
