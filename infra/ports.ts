/** A run of ports on a node. `tcp+udp` takes both. */
export interface PortRange {
  name: string;
  /** The configuration key that sets it. */
  key: string;
  min: number;
  max: number;
  protocol: 'udp' | 'tcp' | 'tcp+udp';
}

/** Linux's own range for outgoing sockets (net.ipv4.ip_local_port_range). */
export const EPHEMERAL_PORTS = { min: 32_768, max: 60_999 };

/** Pairs of ranges that can't be on one node, each once. */
export function collisions(ranges: readonly PortRange[]): [PortRange, PortRange][] {
  const found: [PortRange, PortRange][] = [];
  for (const [index, one] of ranges.entries()) {
    for (const other of ranges.slice(index + 1)) {
      const sameProtocol =
        one.protocol === other.protocol ||
        one.protocol === 'tcp+udp' ||
        other.protocol === 'tcp+udp';
      if (sameProtocol && one.min <= other.max && other.min <= one.max) found.push([one, other]);
    }
  }
  return found;
}

/** UDP ranges the kernel may take ports from for other sockets, unless they are reserved on the node. */
export function ephemeralRanges(ranges: readonly PortRange[]): PortRange[] {
  return ranges.filter(
    ({ min, max, protocol }) =>
      protocol !== 'tcp' && min <= EPHEMERAL_PORTS.max && EPHEMERAL_PORTS.min <= max,
  );
}

/** `LiveKit media 50000-54999/udp (patchbay:ports.livekit.media)` */
export function describeRange({ name, key, min, max, protocol }: PortRange): string {
  const ports = min === max ? String(min) : `${min}-${max}`;
  return `${name} ${ports}/${protocol} (${key})`;
}
