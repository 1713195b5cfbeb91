import type { DeployConfig } from '../config-schema.ts';
import { doorOf, livekitTrunkName, livekitWayOut } from '../config-trunks.ts';
import { agentCatalogUrl, livekitPublicUrl, livekitUrl } from './releases.ts';
import { SECRET_NAMES, secretsChecksum } from './secrets.ts';
import {
  autoscalingValues,
  callRecordValues,
  ingressValues,
  livekitMedia,
  ourImage,
  pullSecrets,
  tracingValues,
  type AutoscalingValues,
  type CallRecordValues,
  type ImageValues,
  type IngressValues,
  type MediaPorts,
  type PullSecretValues,
  type TracingValues,
} from './shared.ts';

/** A way out for calls, as the API reads it from API_OUTBOUND. */
export interface ViaValues {
  name: string;
  kind: 'livekit';
  /** Name of the outbound trunk at LiveKit. */
  trunk: string;
}

/** Values of charts/api. */
export interface ApiValues extends PullSecretValues, TracingValues, CallRecordValues {
  image: ImageValues;
  replicas: number;
  livekit: { url: string; publicUrl: string; existingSecret: string; media?: MediaPorts };
  agentCatalogUrl: string;
  outbound: { vias: ViaValues[] };
  session: { existingSecret: string };
  accessKeys: { existingSecret: string };
  rateLimit: { perMinute: number; callsPerCaller: number };
  ingress: IngressValues;
  autoscaling: AutoscalingValues;
  secretsChecksum: string;
}

export function apiValues(config: DeployConfig): ApiValues {
  const { api } = config;
  const hasKeys = api.accessKeys.length > 0;
  return {
    image: ourImage(config, 'api'),
    ...pullSecrets(config),
    ...tracingValues(config),
    ...callRecordValues(config),
    replicas: api.replicas,
    livekit: {
      url: livekitUrl(config),
      publicUrl: livekitPublicUrl(config),
      existingSecret: SECRET_NAMES.livekit,
      ...livekitMedia(config),
    },
    agentCatalogUrl: agentCatalogUrl(config),
    outbound: { vias: vias(config) },
    session: { existingSecret: SECRET_NAMES.session },
    accessKeys: { existingSecret: hasKeys ? SECRET_NAMES.accessKeys : '' },
    rateLimit: { perMinute: api.rateLimitPerMinute, callsPerCaller: api.maxCallsPerCaller },
    ingress: ingressValues(config, config.ingress?.host, 'api'),
    autoscaling: autoscalingValues(config, api.replicas),
    secretsChecksum: secretsChecksum(
      config,
      SECRET_NAMES.livekit,
      SECRET_NAMES.session,
      SECRET_NAMES.accessKeys,
    ),
  };
}

/** Trunks that LiveKit SIP calls out over. */
function vias({ trunks }: DeployConfig): ViaValues[] {
  return trunks
    .filter((trunk) => doorOf(trunk) === 'livekit' && livekitWayOut(trunk) !== undefined)
    .map(({ name }) => ({ name, kind: 'livekit', trunk: livekitTrunkName(name) }));
}
