import type { DeployConfig } from '../config-schema.ts';
import { redisClient, type RedisClientValues } from './redis.ts';
import { serviceHost } from './releases.ts';
import { SECRET_NAMES, secretsChecksum } from './secrets.ts';
import {
  autoscalingValues,
  foreignImage,
  ingressValues,
  mediaPool,
  otherPorts,
  publicAddress,
  pullSecrets,
  type AutoscalingValues,
  type ImageValues,
  type IngressValues,
  type MediaPoolValues,
  type PortRangeValues,
  type PublicAddressValues,
  type PullSecretValues,
} from './shared.ts';

/** Values of charts/livekit-server. */
export interface LiveKitServerValues extends PullSecretValues, MediaPoolValues {
  image: ImageValues;
  replicas: number;
  keys: { existingSecret: string };
  redis: RedisClientValues;
  rtc: { portMin: number; portMax: number; tcpPort: number };
  publicAddress: PublicAddressValues;
  webhookUrls: string[];
  drain: { limitSeconds: number };
  portRanges: PortRangeValues;
  service: { port: number };
  metrics: { port: number };
  ingress: IngressValues;
  autoscaling: AutoscalingValues;
  secretsChecksum: string;
}

/** Port of the API, the api chart's default. */
const API_PORT = 8_080;

/** @throws Error if the stack uses an existing LiveKit */
export function livekitServerValues(config: DeployConfig): LiveKitServerValues {
  const { livekit, ports } = config;
  if (livekit.mode !== 'own') throw new Error('this stack brings no LiveKit of its own');
  return {
    image: foreignImage(config, config.images.livekitServer),
    ...pullSecrets(config),
    ...mediaPool(config),
    replicas: livekit.replicas,
    keys: { existingSecret: SECRET_NAMES.livekit },
    redis: redisClient(config),
    rtc: {
      portMin: ports.livekit.media.min,
      portMax: ports.livekit.media.max,
      tcpPort: ports.livekit.tcp,
    },
    publicAddress: publicAddress(config, livekit.replicas, 'stun'),
    webhookUrls: [`http://${eventsHost(config)}:${API_PORT}/livekit/webhook`],
    drain: { limitSeconds: livekit.drainLimitSeconds },
    portRanges: otherPorts(config, 'livekit'),
    service: { port: ports.livekit.http },
    metrics: { port: ports.livekit.metrics },
    ingress: ingressValues(config, config.ingress?.livekitHost, 'livekit'),
    // Without Redis there can be one node only.
    autoscaling: config.redis ? autoscalingValues(config, livekit.replicas) : { enabled: false },
    secretsChecksum: secretsChecksum(config, SECRET_NAMES.livekit, SECRET_NAMES.redis),
  };
}

/** The api chart's second Service, which keeps all events of a room at one replica. */
function eventsHost(config: DeployConfig): string {
  return serviceHost(config, 'api').replace(/^[^.]+/, '$&-events');
}
