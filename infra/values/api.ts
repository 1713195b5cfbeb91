import type { DeployConfig } from '../config-schema.ts';
import { bridgeWayOut, hasBridgeWayOut, livekitTrunkName, livekitWayOut } from '../ways-out.ts';
import { agentCatalogUrl, livekitPublicUrl, livekitUrl, serviceHost } from './releases.ts';
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
export type ViaValues =
  /** `trunk`: name of the outbound trunk at LiveKit. */
  | { name: string; kind: 'livekit'; trunk: string }
  /** `url`: the bridges' door for orders. */
  | { name: string; kind: 'bridge'; url: string; trunk: string };

/** Values of charts/api. */
export interface ApiValues extends PullSecretValues, TracingValues, CallRecordValues {
  image: ImageValues;
  replicas: number;
  livekit: { url: string; publicUrl: string; existingSecret: string; media?: MediaPorts };
  agentCatalogUrl: string;
  outbound: { vias: ViaValues[]; existingSecret: string };
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
    outbound: {
      vias: vias(config),
      existingSecret: hasBridgeWayOut(config) ? SECRET_NAMES.bridgeControl : '',
    },
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
      SECRET_NAMES.bridgeControl,
    ),
  };
}

/** Trunks that calls go out over, by LiveKit SIP and by the bridge. */
function vias(config: DeployConfig): ViaValues[] {
  const url = `http://${serviceHost(config, 'bridge')}:${config.ports.bridge.control}`;
  return config.trunks.flatMap((trunk): ViaValues[] => {
    const { name } = trunk;
    if (livekitWayOut(trunk)) return [{ name, kind: 'livekit', trunk: livekitTrunkName(name) }];
    return bridgeWayOut(trunk) ? [{ name, kind: 'bridge', url, trunk: name }] : [];
  });
}
