import type { DeployConfig } from '../config-schema.ts';
import { livekitPublicUrl, livekitUrl, serviceHost } from './releases.ts';
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

/** Values of charts/api. */
export interface ApiValues extends PullSecretValues, TracingValues, CallRecordValues {
  image: ImageValues;
  replicas: number;
  livekit: { url: string; publicUrl: string; existingSecret: string; media?: MediaPorts };
  agentCatalogUrl: string;
  session: { existingSecret: string };
  accessKeys: { existingSecret: string };
  rateLimit: { perMinute: number; callsPerCaller: number };
  ingress: IngressValues;
  autoscaling: AutoscalingValues;
  secretsChecksum: string;
}

/** Port of the agents' catalogue, the agent chart's default. */
const AGENT_OPS_PORT = 9_090;

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
    agentCatalogUrl: `http://${serviceHost(config, 'agent')}:${AGENT_OPS_PORT}/agents`,
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
