import type { DeployConfig } from './config-schema.ts';
import { doorOf, type TrunkConfig } from './config-trunks.ts';
import { nodePorts } from './node-ports.ts';
import {
  collisions,
  describeRange,
  ephemeralRanges,
  EPHEMERAL_PORTS,
  type PortRange,
} from './ports.ts';

/** One thing wrong with the configuration. */
export interface Fault {
  /** `patchbay:trunks[0].numbers` */
  key: string;
  /** What is wrong and what would be right. */
  problem: string;
}

/** What is wrong between keys that are each right by themselves. */
export function crossFaults(config: DeployConfig): Fault[] {
  return [
    ...livekitFaults(config),
    ...redisFaults(config),
    ...portFaults(config),
    ...repeatedTrunkFaults(config),
    ...config.trunks.flatMap((trunk, index) => trunkFaults(config, trunk, index)),
  ];
}

function livekitFaults({ livekit, ingress, livekitSip }: DeployConfig): Fault[] {
  const faults: Fault[] = [];
  if (livekit.mode === 'own' && !livekit.publicUrl && !ingress?.livekitHost) {
    faults.push({
      key: 'patchbay:livekit.publicUrl',
      problem:
        'is not set: browsers need an address of LiveKit. Set it, or patchbay:ingress.livekitHost',
    });
  }
  if (livekit.mode === 'existing' && ingress?.livekitHost) {
    faults.push({
      key: 'patchbay:ingress.livekitHost',
      problem: 'is for a LiveKit of our own; with patchbay:livekit.mode existing leave it out',
    });
  }
  if (livekit.mode === 'existing' && livekitSip.enabled) {
    faults.push({
      key: 'patchbay:livekitSip.enabled',
      problem: 'must be false with an existing LiveKit: it has a SIP service of its own',
    });
  }
  if (ingress && ingress.host === ingress.livekitHost) {
    faults.push({
      key: 'patchbay:ingress.livekitHost',
      problem: `must differ from patchbay:ingress.host (got "${ingress.host}")`,
    });
  }
  return faults;
}

function redisFaults({ livekit, livekitSip, redis }: DeployConfig): Fault[] {
  const faults: Fault[] = [];
  if (redis || livekit.mode === 'existing') return faults;
  if (livekitSip.enabled || livekit.replicas > 1) {
    const why = livekitSip.enabled ? 'LiveKit SIP needs Redis' : 'several LiveKit nodes need Redis';
    faults.push({
      key: 'patchbay:redis',
      problem: `is not set: ${why}. Set mode external with an address, or mode dev to try it out`,
    });
  }
  return faults;
}

function portFaults(config: DeployConfig): Fault[] {
  const ports = nodePorts(config);
  const unreserved = ephemeralRanges(ports).filter(
    (range) => !config.media.reservedPorts.some((kept) => covers(kept, range)),
  );
  return [...collisionFaults(ports), ...unreserved.map(reserveFault)];
}

/** Whether the part of a range that the kernel uses too is kept from it. */
function covers(kept: { min: number; max: number }, range: PortRange): boolean {
  return (
    kept.min <= Math.max(range.min, EPHEMERAL_PORTS.min) &&
    kept.max >= Math.min(range.max, EPHEMERAL_PORTS.max)
  );
}

function reserveFault(range: PortRange): Fault {
  return {
    key: range.key,
    problem:
      `${describeRange(range)} lies in ${EPHEMERAL_PORTS.min}-${EPHEMERAL_PORTS.max}, where Linux takes ports for outgoing connections. ` +
      'Choose ports below, or set net.ipv4.ip_local_reserved_ports on the media nodes and say so in patchbay:media.reservedPorts',
  };
}

function collisionFaults(ports: readonly PortRange[]): Fault[] {
  return collisions(ports).map(([one, other]) => ({
    key: other.key,
    problem: `collides on a media node: ${describeRange(one)} and ${describeRange(other)}. Move one of them`,
  }));
}

function repeatedTrunkFaults({ trunks }: DeployConfig): Fault[] {
  const faults: Fault[] = [];
  const names = new Map<string, number>();
  const numbers = new Map<string, number>();
  for (const [index, trunk] of trunks.entries()) {
    const other = names.get(trunk.name);
    if (other !== undefined) {
      faults.push({
        key: `patchbay:trunks[${index}].name`,
        problem: `"${trunk.name}" is already the name of patchbay:trunks[${other}]`,
      });
    }
    names.set(trunk.name, other ?? index);
    for (const number of Object.keys(trunk.numbers)) {
      const holder = numbers.get(number);
      if (holder !== undefined) {
        faults.push({
          key: `patchbay:trunks[${index}].numbers`,
          problem: `${number} is already in patchbay:trunks[${holder}]; a number can lead to one agent only`,
        });
      }
      numbers.set(number, holder ?? index);
    }
  }
  return faults;
}

function trunkFaults(config: DeployConfig, trunk: TrunkConfig, index: number): Fault[] {
  const key = `patchbay:trunks[${index}]`;
  const faults: Fault[] = [];
  const door = doorOf(trunk);
  const noAddress = config.media.publicAddresses.length === 0;
  if (door === 'bridge' && !config.bridge.enabled) {
    faults.push({ key, problem: 'goes through the bridge, but patchbay:bridge.enabled is false' });
  }
  if (door === 'livekit') {
    if (config.livekit.mode === 'own' && !config.livekitSip.enabled) {
      faults.push({
        key,
        problem: 'goes through LiveKit SIP, but patchbay:livekitSip.enabled is false',
      });
    }
    if (config.livekit.mode === 'existing' && !config.livekit.sipHost) {
      faults.push({
        key: 'patchbay:livekit.sipHost',
        problem: `is not set: trunk "${trunk.name}" needs the SIP host of the existing LiveKit`,
      });
    }
    if (config.livekit.mode === 'own' && !config.livekitSip.host && noAddress) {
      faults.push({
        key: 'patchbay:livekitSip.host',
        problem: `is not set: the carrier of trunk "${trunk.name}" needs a name or patchbay:media.publicAddresses`,
      });
    }
  }
  const exotelNeedsAddress =
    trunk.kind === 'exotel' && (!trunk.exotel.host || !trunk.exotel.digest);
  if (exotelNeedsAddress && noAddress) {
    faults.push({
      key: 'patchbay:media.publicAddresses',
      problem: `is empty: Exotel (trunk "${trunk.name}") must be told the nodes' fixed addresses, or give it both exotel.host and exotel.digest`,
    });
  }
  const transport = transportOf(trunk);
  const tlsSecret = { bridge: config.bridge.tlsSecret, livekit: config.livekitSip.tlsSecret }[door];
  const ours = door === 'bridge' || config.livekit.mode === 'own';
  if (ours && transport === 'tls' && !tlsSecret) {
    faults.push({
      key: `patchbay:${door === 'bridge' ? 'bridge' : 'livekitSip'}.tlsSecret`,
      problem: `is not set: trunk "${trunk.name}" uses TLS, which wants a certificate`,
    });
  }
  if (trunk.kind === 'sip' && trunk.through === 'bridge') {
    for (const field of ['digest', 'outbound'] as const) {
      if (trunk[field]) {
        faults.push({ key: `${key}.${field}`, problem: 'works with through: livekit only' });
      }
    }
    if (trunk.mediaEncryption !== 'off') {
      faults.push({
        key: `${key}.mediaEncryption`,
        problem: 'must be off: the bridge has no SRTP',
      });
    }
  }
  return faults;
}

/** The transport that a trunk's calls come over, as far as it is set here. */
export function transportOf(trunk: TrunkConfig): 'udp' | 'tcp' | 'tls' {
  switch (trunk.kind) {
    case 'exotel':
      return trunk.exotel.transport;
    case 'twilio':
      return trunk.secure ? 'tls' : 'tcp';
    case 'sip':
      return trunk.transport;
  }
}
