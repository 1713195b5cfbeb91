import type { DeployConfig } from './config-schema.ts';
import { trunkFaults } from './config-trunk-checks.ts';
import type { Fault } from './fault.ts';
import { nodePorts } from './node-ports.ts';
import {
  collisions,
  describeRange,
  ephemeralRanges,
  EPHEMERAL_PORTS,
  type PortRange,
} from './ports.ts';

/** What is wrong between keys that are each right by themselves. */
export function crossFaults(config: DeployConfig): Fault[] {
  return [
    ...livekitFaults(config),
    ...redisFaults(config),
    ...portFaults(config),
    ...trunkFaults(config),
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
