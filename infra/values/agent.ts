import type { DeployConfig } from '../config-schema.ts';
import { livekitUrl } from './releases.ts';
import { SECRET_NAMES, secretsChecksum } from './secrets.ts';
import {
  autoscalingValues,
  livekitMedia,
  ourImage,
  podRequests,
  pullSecrets,
  tracingValues,
  type AutoscalingValues,
  type ImageValues,
  type MediaPorts,
  type PullSecretValues,
  type RequestsValues,
  type TracingValues,
} from './shared.ts';

/** Values of charts/agent. */
export interface AgentValues extends PullSecretValues, RequestsValues, TracingValues {
  image: ImageValues;
  replicas: number;
  livekit: {
    url: string;
    existingSecret: string;
    media?: MediaPorts;
  };
  providers: { existingSecret: string; baseUrls: Record<string, string> };
  bank: { apiUrl: string; defaultCustomer: string };
  maxCalls: number;
  idleProcesses: number;
  drain: { limitSeconds: number };
  autoscaling: AutoscalingValues;
  secretsChecksum: string;
}

export function agentValues(config: DeployConfig): AgentValues {
  const { agent } = config;
  return {
    image: ourImage(config, 'agent'),
    ...pullSecrets(config),
    ...podRequests(config),
    ...tracingValues(config),
    replicas: agent.replicas,
    livekit: {
      url: livekitUrl(config),
      existingSecret: SECRET_NAMES.livekit,
      ...livekitMedia(config),
    },
    providers: { existingSecret: SECRET_NAMES.providers, baseUrls: agent.providers.baseUrls },
    bank: { apiUrl: agent.bank.apiUrl, defaultCustomer: agent.bank.defaultCustomer ?? '' },
    maxCalls: agent.maxCalls,
    idleProcesses: agent.idleProcesses,
    drain: { limitSeconds: agent.drainLimitSeconds },
    autoscaling: autoscalingValues(config, agent.replicas),
    secretsChecksum: secretsChecksum(config, SECRET_NAMES.livekit, SECRET_NAMES.providers),
  };
}
