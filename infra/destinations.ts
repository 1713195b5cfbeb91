import type { DeployConfig } from './config-schema.ts';
import type { BridgeTransport } from './config-trunk-parts.ts';
import { bridgeHostOf, doorOf, transportOf, type TrunkConfig } from './config-trunks.ts';
import { USUAL_PORT } from './ways-out.ts';

/** Where a carrier has to send the calls of a trunk. */
export interface Destination {
  host: string;
  port: number;
  transport: BridgeTransport;
}

/** One destination for a name, else one for each public address; none if neither is known. */
export function destinations(config: DeployConfig, trunk: TrunkConfig): Destination[] {
  const transport = transportOf(trunk);
  const port = portOf(config, trunk, transport);
  return hosts(config, trunk).map((host) => ({ host, port, transport }));
}

/** Where a trunk's door listens for a transport. */
export function portOf(
  { livekit, ports }: DeployConfig,
  trunk: TrunkConfig,
  transport: BridgeTransport,
): number {
  const atBridge = doorOf(trunk) === 'bridge';
  // LiveKit Cloud's own ports are the usual ones.
  if (!atBridge && livekit.mode === 'existing') return USUAL_PORT[transport];
  const { sip, tls } = atBridge ? ports.bridge : ports.livekitSip;
  return transport === 'tls' ? tls : sip;
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
  const name = bridgeHostOf(trunk);
  return name ? [name] : config.media.publicAddresses;
}
