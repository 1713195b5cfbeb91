import { readFile } from 'node:fs/promises';

export interface PortRange {
  min: number;
  max: number;
}

const RANGE_FILE = '/proc/sys/net/ipv4/ip_local_port_range';
const RESERVED_FILE = '/proc/sys/net/ipv4/ip_local_reserved_ports';

/**
 * Ports the kernel hands out to outgoing connections and DNS look-ups (Linux ip-sysctl): an RTP port
 * among them may be taken at the moment a call needs it.
 *
 * @returns the kernel's range if it has some of ours that are not reserved; undefined if all is
 *   well, or if it can't be known
 */
export async function ephemeralOverlap(
  ours: PortRange,
  read: (file: string) => Promise<string> = (file) => readFile(file, 'utf8'),
): Promise<PortRange | undefined> {
  let range: string;
  let reserved: string;
  try {
    [range, reserved] = await Promise.all([read(RANGE_FILE), read(RESERVED_FILE)]);
  } catch {
    return undefined;
  }
  const [min = NaN, max = NaN] = range.trim().split(/\s+/).map(Number);
  if (!Number.isInteger(min) || !Number.isInteger(max)) return undefined;
  const kept = rangesOf(reserved);
  const last = Math.min(ours.max, max);
  for (let port = Math.max(ours.min, min); port <= last; port++) {
    const inside = kept.find((free) => port >= free.min && port <= free.max);
    if (!inside) return { min, max };
    port = inside.max;
  }
  return undefined;
}

/** `8080,20000-29999` as the kernel writes it. */
function rangesOf(list: string): PortRange[] {
  return list
    .trim()
    .split(',')
    .map((part) => part.split('-').map(Number))
    .map(([min = NaN, max = min]) => ({ min, max }))
    .filter(({ min, max }) => Number.isInteger(min) && Number.isInteger(max));
}
