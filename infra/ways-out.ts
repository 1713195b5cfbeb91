import { hostAndPort } from './config-parts.ts';
import type { DeployConfig } from './config-schema.ts';
import type { BridgeTransport, Digest } from './config-trunk-parts.ts';
import { doorOf, transportOf, type TrunkConfig } from './config-trunks.ts';
import type { SipTransport } from './trunks/livekit-enums.ts';

/** How LiveKit SIP calls out over a trunk. */
export interface LiveKitWayOut {
  address: string;
  transport: SipTransport;
  digest: Digest | undefined;
}

/** @returns undefined for a trunk that no calls go out over by LiveKit SIP */
export function livekitWayOut(trunk: TrunkConfig): LiveKitWayOut | undefined {
  switch (trunk.kind) {
    case 'twilio': {
      const { domainName: address, digest } = trunk.twilio;
      return address === undefined ? undefined : { address, transport: transportOf(trunk), digest };
    }
    case 'sip': {
      if (!trunk.outbound || trunk.through === 'bridge') return undefined;
      const { address, transport, digest } = trunk.outbound;
      return { address, transport, digest };
    }
    case 'exotel':
      return undefined;
  }
}

/** Name of a trunk's outbound trunk at LiveKit. */
export function livekitTrunkName(name: string): string {
  return `patchbay-${name}`;
}

/** How the bridge calls out over a trunk. */
export interface BridgeWayOut {
  host: string;
  port: number;
  transport: BridgeTransport;
  /** Host of our From; the host itself if absent. */
  domain: string | undefined;
  digest: Digest | undefined;
}

/** RFC 3261 §19.1.2. */
export const USUAL_PORT: Readonly<Record<BridgeTransport, number>> = {
  udp: 5_060,
  tcp: 5_060,
  tls: 5_061,
};

/** @returns undefined for a trunk that no calls go out over by the bridge */
export function bridgeWayOut(trunk: TrunkConfig): BridgeWayOut | undefined {
  if (trunk.kind === 'twilio' || doorOf(trunk) !== 'bridge' || !trunk.outbound) return undefined;
  const place = hostAndPort(trunk.outbound.address);
  if (!place) return undefined;
  const { transport: given } = trunk.outbound;
  const transport = given === 'auto' ? transportOf(trunk) : given;
  const { host, port = USUAL_PORT[transport] } = place;
  if (trunk.kind === 'sip') {
    const { domain, digest } = trunk.outbound;
    return { host, port, transport, domain, digest };
  }
  // Exotel refuses a From of any other host (403, code 4001).
  const { accountSid, digest } = trunk.exotel;
  const domain = trunk.outbound.domain ?? `${accountSid}.pstn.exotel.com`;
  return { host, port, transport, domain, digest };
}

/** Whether calls go out by the bridge, so that its door for orders has to be open. */
export function hasBridgeWayOut({ bridge, trunks }: DeployConfig): boolean {
  return bridge.enabled && trunks.some((trunk) => bridgeWayOut(trunk) !== undefined);
}

/** Whether calls come in, go out, or both, over a trunk. */
export function directionOf(trunk: TrunkConfig): 'inbound' | 'outbound' | 'both' {
  if (trunk.kind === 'twilio') return trunk.twilio.domainName === undefined ? 'inbound' : 'both';
  return trunk.direction ?? (trunk.outbound ? 'both' : 'inbound');
}
