import type { DeployConfig } from '../config-schema.ts';
import { redisClient, type RedisClientValues } from './redis.ts';
import { serviceHost } from './releases.ts';
import { SECRET_NAMES, secretsChecksum } from './secrets.ts';
import {
  foreignImage,
  ingressValues,
  mediaPart,
  type ImageValues,
  type IngressValues,
  type MediaPartValues,
} from './shared.ts';

type OwnLiveKit = Extract<DeployConfig['livekit'], { mode: 'own' }>;
type TurnConfig = NonNullable<OwnLiveKit['turn']>;

/** Values of charts/livekit-server. */
export interface LiveKitServerValues extends MediaPartValues {
  image: ImageValues;
  keys: { existingSecret: string };
  redis: RedisClientValues;
  rtc: { portMin: number; portMax: number; tcpPort: number };
  /** The chart's own, off, if the stack has none. */
  turn?: TurnValues;
  webhookUrls: string[];
  service: { port: number };
  metrics: { port: number };
  ingress: IngressValues;
  secretsChecksum: string;
}

export interface TurnValues {
  enabled: true;
  domain: string;
  externalTls: boolean;
  tls: { existingSecret: string };
  udpPort: number;
  tlsPort: number;
  relayPortMin: number;
  relayPortMax: number;
  nodeCidrs: string[];
}

/** Port of the API, the api chart's default. */
const API_PORT = 8_080;

/** @throws Error if the stack uses an existing LiveKit */
export function livekitServerValues(config: DeployConfig): LiveKitServerValues {
  const { livekit, ports } = config;
  if (livekit.mode !== 'own') throw new Error('this stack brings no LiveKit of its own');
  return {
    image: foreignImage(config, config.images.livekitServer),
    ...mediaPart(config, 'livekit', livekit, 'stun'),
    keys: { existingSecret: SECRET_NAMES.livekit },
    redis: redisClient(config),
    rtc: {
      portMin: ports.livekit.media.min,
      portMax: ports.livekit.media.max,
      tcpPort: ports.livekit.tcp,
    },
    ...(livekit.turn ? { turn: turnValues(livekit.turn, ports.livekit) } : {}),
    webhookUrls: [`http://${eventsHost(config)}:${API_PORT}/livekit/webhook`],
    service: { port: ports.livekit.http },
    metrics: { port: ports.livekit.metrics },
    ingress: ingressValues(config, config.ingress?.livekitHost, 'livekit'),
    // Without Redis there can be one node only.
    ...(config.redis ? {} : { autoscaling: { enabled: false } }),
    secretsChecksum: secretsChecksum(config, SECRET_NAMES.livekit, SECRET_NAMES.redis),
  };
}

function turnValues(
  { domain, tlsSecret, nodeCidrs }: TurnConfig,
  { turn, turnTls, turnRelay }: DeployConfig['ports']['livekit'],
): TurnValues {
  return {
    enabled: true,
    domain,
    externalTls: tlsSecret === undefined,
    tls: { existingSecret: tlsSecret ?? '' },
    udpPort: turn,
    tlsPort: turnTls,
    relayPortMin: turnRelay.min,
    relayPortMax: turnRelay.max,
    nodeCidrs,
  };
}

/** The api chart's second Service, which keeps all events of a room at one replica. */
function eventsHost(config: DeployConfig): string {
  return serviceHost(config, 'api').replace(/^[^.]+/, '$&-events');
}
