import type { DeployConfig } from '../config-schema.ts';
import { sourcesOf } from '../firewall.ts';
import { redisClient, type RedisClientValues } from './redis.ts';
import { livekitUrl } from './releases.ts';
import { SECRET_NAMES, secretsChecksum } from './secrets.ts';
import {
  autoscalingValues,
  foreignImage,
  mediaPool,
  otherPorts,
  publicAddress,
  pullSecrets,
  type AutoscalingValues,
  type ImageValues,
  type MediaPoolValues,
  type PortRangeValues,
  type PublicAddressValues,
  type PullSecretValues,
} from './shared.ts';

/** Values of charts/livekit-sip. */
export interface LiveKitSipValues extends PullSecretValues, MediaPoolValues {
  image: ImageValues;
  replicas: number;
  livekit: { url: string; existingSecret: string };
  redis: RedisClientValues;
  sip: { port: number; tlsPort: number; tls: { existingSecret: string } };
  rtp: { portMin: number; portMax: number };
  publicAddress: PublicAddressValues;
  drain: { limitSeconds: number };
  portRanges: PortRangeValues;
  service: { healthPort: number };
  metrics: { port: number };
  allowedSources: string[];
  autoscaling: AutoscalingValues;
  secretsChecksum: string;
}

export function livekitSipValues(config: DeployConfig): LiveKitSipValues {
  const { livekitSip, ports } = config;
  return {
    image: foreignImage(config, config.images.livekitSip),
    ...pullSecrets(config),
    ...mediaPool(config),
    replicas: livekitSip.replicas,
    livekit: { url: livekitUrl(config), existingSecret: SECRET_NAMES.livekit },
    redis: redisClient(config),
    sip: {
      port: ports.livekitSip.sip,
      tlsPort: ports.livekitSip.tls,
      tls: { existingSecret: livekitSip.tlsSecret ?? '' },
    },
    rtp: { portMin: ports.livekitSip.rtp.min, portMax: ports.livekitSip.rtp.max },
    publicAddress: publicAddress(config, livekitSip.replicas, 'stun'),
    drain: { limitSeconds: livekitSip.drainLimitSeconds },
    portRanges: otherPorts(config, 'livekit-sip'),
    service: { healthPort: ports.livekitSip.health },
    metrics: { port: ports.livekitSip.metrics },
    allowedSources: sourcesOf(config, 'livekit'),
    autoscaling: autoscalingValues(config, livekitSip.replicas),
    secretsChecksum: secretsChecksum(config, SECRET_NAMES.livekit, SECRET_NAMES.redis),
  };
}
