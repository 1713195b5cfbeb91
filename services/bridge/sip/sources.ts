import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** An address or a CIDR of the configuration. */
interface Source {
  address: string;
  family: 'ipv4' | 'ipv6';
  prefix: number;
}

/** @returns undefined if the text is neither an IP address nor a CIDR */
export function parseSource(text: string): Source | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return undefined;
  const prefix = bits === undefined ? longest : Number(bits);
  if (prefix > longest) return undefined;
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix };
}

/** A set of addresses and networks, IPv4 and IPv6. */
export class SourceList {
  readonly #list = new BlockList();
  readonly size: number;

  /** @param sources texts that {@link parseSource} can read; others are an error of the caller */
  constructor(sources: readonly string[]) {
    this.size = sources.length;
    for (const text of sources) {
      const source = parseSource(text);
      if (!source) throw new Error(`not an address or CIDR: ${text}`);
      this.#list.addSubnet(source.address, source.prefix, source.family);
    }
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    if (isIPv4(plain)) return this.#list.check(plain, 'ipv4');
    return isIPv6(plain) && this.#list.check(plain, 'ipv6');
  }
}

/** Without brackets; an IPv4 address that came as `::ffff:192.0.2.1` in its own form. */
export function plainAddress(address: string): string {
  const bare = address.replace(/^\[|\]$/g, '');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}
