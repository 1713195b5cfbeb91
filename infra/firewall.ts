import type { DeployConfig } from './config-schema.ts';
import type { BridgeTransport } from './config-trunk-parts.ts';
import { doorOf, narrowedTo, type TrunkConfig } from './config-trunks.ts';
import { nodePorts, type NodePort, type PortUse } from './node-ports.ts';
import { bridgeWayOut } from './ways-out.ts';

/** What the firewall of the media nodes has to let in. */
export interface FirewallRule {
  /** What it is for. */
  what: string;
  protocol: 'tcp' | 'udp';
  /** `5070` or `20000-29999`. */
  ports: string;
  /** CIDRs. */
  sources: string[];
}

const EVERYONE = ['0.0.0.0/0', '::/0'];

/** Carriers' addresses, signalling and media, of the trunks of one door; sorted, each once. */
export function sourcesOf({ trunks }: DeployConfig, door: 'bridge' | 'livekit'): string[] {
  return unique(
    trunks
      .filter((trunk) => doorOf(trunk) === door)
      .flatMap(({ sources }) => [...sources.signalling, ...sources.media]),
  );
}

/**
 * Rules for the media nodes' firewall, from the same data as the trunks and the NetworkPolicies.
 * Browsers reach LiveKit's media ports from anywhere; carriers' ports are open to carriers only.
 */
export function firewallRules(config: DeployConfig): FirewallRule[] {
  return nodePorts(config).flatMap((range) => {
    const { use } = range;
    if (!use) return [];
    const protocols = range.protocol === 'tcp+udp' ? (['tcp', 'udp'] as const) : [range.protocol];
    return protocols
      .map((protocol) => ({
        what: range.name,
        protocol,
        ports: range.min === range.max ? String(range.min) : `${range.min}-${range.max}`,
        sources: sourcesFor(config, range.part, use, protocol),
      }))
      .filter(({ sources }) => sources.length > 0);
  });
}

function sourcesFor(
  config: DeployConfig,
  part: NodePort['part'],
  use: PortUse,
  protocol: 'tcp' | 'udp',
): string[] {
  if (use === 'browsers') return EVERYONE;
  const door = part === 'bridge' ? 'bridge' : 'livekit';
  const trunks = config.trunks.filter((trunk) => doorOf(trunk) === door);
  if (use === 'rtp') return unique(trunks.flatMap(mediaOf));
  const transport = use === 'sip-tls' ? 'tls' : protocol;
  return unique(
    trunks.filter((trunk) => mayUse(trunk, transport)).flatMap(({ sources }) => sources.signalling),
  );
}

/** A trunk that is narrowed to some transports has no business at the ports of others. */
function mayUse(trunk: TrunkConfig, transport: BridgeTransport): boolean {
  const narrowed = narrowedTo(trunk);
  if (!narrowed) return true;
  return narrowed.includes(transport) || bridgeWayOut(trunk)?.transport === transport;
}

/** A carrier that names no addresses for media sends it from those of its signalling. */
function mediaOf({ sources }: TrunkConfig): string[] {
  return sources.media.length > 0 ? sources.media : sources.signalling;
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}
