import type { DeployConfig } from './config-schema.ts';
import { doorOf, transportOf, type TrunkConfig } from './config-trunks.ts';

/** Where a carrier has to send the calls of a trunk. */
export interface Destination {
  host: string;
  port: number;
  transport: 'udp' | 'tcp' | 'tls';
}

/** One destination for a name, else one for each public address; none if neither is known. */
export function destinations(config: DeployConfig, trunk: TrunkConfig): Destination[] {
  const transport = transportOf(trunk);
  return hosts(config, trunk).map((host) => ({ host, port: portOf(config, trunk), transport }));
}

/** `203.0.113.7:5070;transport=tcp`, as carriers write it. */
export function destinationText({ host, port, transport }: Destination): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port};transport=${transport}`;
}

function hosts(config: DeployConfig, trunk: TrunkConfig): string[] {
  if (doorOf(trunk) === 'livekit') {
    const { livekit, livekitSip } = config;
    const host = livekit.mode === 'existing' ? livekit.sipHost : livekitSip.host;
    if (host) return [host];
  }
  if (trunk.kind === 'exotel' && trunk.exotel.host) return [trunk.exotel.host];
  return config.media.publicAddresses;
}

function portOf(config: DeployConfig, trunk: TrunkConfig): number {
  const secure = transportOf(trunk) === 'tls';
  if (doorOf(trunk) === 'bridge') return secure ? config.ports.bridge.tls : config.ports.bridge.sip;
  // LiveKit Cloud's own ports are the usual ones.
  if (config.livekit.mode === 'existing') return secure ? 5_061 : 5_060;
  return secure ? config.ports.livekitSip.tls : config.ports.livekitSip.sip;
}
