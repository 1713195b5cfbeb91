import type { DeployConfig } from '../config-schema.ts';
import {
  doorOf,
  narrowedTo,
  type ExotelTrunkConfig,
  type SipTrunkConfig,
} from '../config-trunks.ts';
import { SecretText } from '../secret-text.ts';
import { bridgeWayOut, directionOf, type BridgeWayOut } from '../ways-out.ts';

/** A trunk as the bridge reads it from BRIDGE_TRUNKS. What is absent is the bridge's own default. */
export interface BridgeTrunkValues {
  name: string;
  direction?: 'outbound' | 'both';
  numbers: Record<string, string>;
  codecs: string[];
  transports?: string[];
  mediaEncryption?: string;
  /** CIDRs that its signalling comes from. */
  sources: string[];
  /** Digest users that callers must be; their passwords stand in a Secret. */
  users?: string[];
  limits?: { calls?: number | undefined; callsPerSecond?: number | undefined };
  outbound?: { host: string; port: number; transport: string; domain?: string; user?: string };
}

type BridgeTrunkConfig = ExotelTrunkConfig | SipTrunkConfig;

/** The trunks of charts/bridge: those that the bridge takes. */
export function bridgeTrunks(config: DeployConfig): BridgeTrunkValues[] {
  return trunksOf(config).map(trunkValues);
}

/** BRIDGE_TRUNK_PASSWORDS: trunk → user → password. Undefined if no trunk asks for one. */
export function trunkPasswords(config: DeployConfig): SecretText | undefined {
  const found: Record<string, Record<string, string>> = {};
  for (const trunk of trunksOf(config)) {
    const out = bridgeWayOut(trunk)?.digest;
    for (const { username, password } of [...callersOf(trunk), ...(out ? [out] : [])]) {
      (found[trunk.name] ??= {})[username] = password.reveal();
    }
  }
  return Object.keys(found).length === 0 ? undefined : new SecretText(JSON.stringify(found));
}

function trunksOf({ trunks }: DeployConfig): BridgeTrunkConfig[] {
  return trunks.filter(
    (trunk): trunk is BridgeTrunkConfig => trunk.kind !== 'twilio' && doorOf(trunk) === 'bridge',
  );
}

/** Digest users that callers must be. Exotel's are for calls out. */
function callersOf(trunk: BridgeTrunkConfig) {
  return trunk.kind === 'sip' ? (trunk.digest ?? []) : [];
}

function trunkValues(trunk: BridgeTrunkConfig): BridgeTrunkValues {
  const { name, numbers, codecs = ['PCMA', 'PCMU'], limits, sources } = trunk;
  const transports = narrowedTo(trunk);
  const mediaEncryption = trunk.kind === 'sip' ? trunk.mediaEncryption : undefined;
  const direction = directionOf(trunk);
  const users = callersOf(trunk).map(({ username }) => username);
  const out = bridgeWayOut(trunk);
  return {
    name,
    ...(direction === 'inbound' ? {} : { direction }),
    numbers,
    codecs,
    ...(transports ? { transports } : {}),
    ...(mediaEncryption ? { mediaEncryption } : {}),
    sources: sources.signalling,
    ...(users.length > 0 ? { users } : {}),
    ...(limits ? { limits } : {}),
    ...(out ? { outbound: outboundValues(out) } : {}),
  };
}

function outboundValues({ host, port, transport, domain, digest }: BridgeWayOut) {
  return {
    host,
    port,
    transport,
    ...(domain === undefined ? {} : { domain }),
    ...(digest ? { user: digest.username } : {}),
  };
}
