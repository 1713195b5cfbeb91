import type { DeployConfig } from '../config-schema.ts';
import { livekitUrl } from './releases.ts';
import { SECRET_NAMES, secretsChecksum } from './secrets.ts';
import {
  autoscalingValues,
  ourImage,
  pullSecrets,
  type AutoscalingValues,
  type ImageValues,
  type PullSecretValues,
} from './shared.ts';

/** Values of charts/agent. */
export interface AgentValues extends PullSecretValues {
  image: ImageValues;
  replicas: number;
  livekit: {
    url: string;
    existingSecret: string;
    media?: { udpMin: number; udpMax: number; tcpPort: number };
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
  const { agent, ports } = config;
  const { min, max } = ports.livekit.media;
  return {
    image: ourImage(config, 'agent'),
    ...pullSecrets(config),
    replicas: agent.replicas,
    livekit: {
      url: livekitUrl(config),
      existingSecret: SECRET_NAMES.livekit,
      // An existing LiveKit has ports of its own; the chart's wide default holds then.
      ...(config.livekit.mode === 'own'
        ? { media: { udpMin: min, udpMax: max, tcpPort: ports.livekit.tcp } }
        : {}),
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
