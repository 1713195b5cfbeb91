import type { DeployConfig } from '../config-schema.ts';
import { sourcesOf } from '../firewall.ts';
import { hasBridgeWayOut } from '../ways-out.ts';
import { bridgeTrunks, trunkPasswords, type BridgeTrunkValues } from './bridge-trunks.ts';
import { agentCatalogUrl, livekitUrl } from './releases.ts';
import { SECRET_NAMES, secretsChecksum } from './secrets.ts';
import {
  callRecordValues,
  foreignImage,
  mediaPart,
  ourImage,
  tracingValues,
  type CallRecordValues,
  type ImageValues,
  type MediaPartValues,
  type TracingValues,
} from './shared.ts';

/** Values of charts/bridge. */
export interface BridgeValues extends MediaPartValues, TracingValues, CallRecordValues {
  image: ImageValues;
  livekit: { url: string; existingSecret: string };
  trunks: BridgeTrunkValues[];
  trunkPasswords: { existingSecret: string };
  control: { existingSecret: string; port: number };
  agentCatalogUrl: string;
  sip: { port: number; tlsPort: number; transports: string[]; tls: { existingSecret: string } };
  rtp: { portMin: number; portMax: number };
  drachtio: { image: ImageValues; existingSecret: string };
  service: { opsPort: number };
  metrics: { sipPort: number };
  allowedSources: string[];
  secretsChecksum: string;
}

/** The bridge wants at least one trunk; without any there is no bridge. */
export function hasBridge(config: DeployConfig): boolean {
  return config.bridge.enabled && bridgeTrunks(config).length > 0;
}

export function bridgeValues(config: DeployConfig): BridgeValues {
  const { bridge, ports } = config;
  return {
    image: ourImage(config, 'bridge'),
    ...mediaPart(config, 'bridge', bridge, 'node'),
    ...tracingValues(config),
    ...callRecordValues(config),
    livekit: { url: livekitUrl(config), existingSecret: SECRET_NAMES.livekit },
    trunks: bridgeTrunks(config),
    trunkPasswords: { existingSecret: trunkPasswords(config) ? SECRET_NAMES.trunkPasswords : '' },
    control: {
      existingSecret: hasBridgeWayOut(config) ? SECRET_NAMES.bridgeControl : '',
      port: ports.bridge.control,
    },
    agentCatalogUrl: agentCatalogUrl(config),
    sip: {
      port: ports.bridge.sip,
      tlsPort: ports.bridge.tls,
      transports: bridge.tlsSecret ? ['udp', 'tcp', 'tls'] : ['udp', 'tcp'],
      tls: { existingSecret: bridge.tlsSecret ?? '' },
    },
    rtp: { portMin: ports.bridge.rtp.min, portMax: ports.bridge.rtp.max },
    drachtio: {
      image: foreignImage(config, config.images.drachtio),
      existingSecret: SECRET_NAMES.drachtio,
    },
    service: { opsPort: ports.bridge.ops },
    metrics: { sipPort: ports.bridge.sipMetrics },
    allowedSources: sourcesOf(config, 'bridge'),
    secretsChecksum: secretsChecksum(
      config,
      SECRET_NAMES.livekit,
      SECRET_NAMES.drachtio,
      SECRET_NAMES.trunkPasswords,
      SECRET_NAMES.bridgeControl,
    ),
  };
}
