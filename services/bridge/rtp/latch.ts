import { isIPv6, SocketAddress } from 'node:net';

export interface Address {
  address: string;
  port: number;
}

/**
 * Who may become the source of a call's audio:
 * - `signalled-address`: only the address that the SDP names; the port may be another (RFC 4961, NAT)
 * - `first-packet`: whoever sends the first valid packet, for phones whose SDP names a private address
 */
export const LATCH_RULES = ['signalled-address', 'first-packet'] as const;
export type LatchRule = (typeof LATCH_RULES)[number];

/**
 * Learns once where a phone sends from, and holds on to it: a stranger is never followed, however
 * many packets come ("RTP bleed"). Only signalling makes it learn anew.
 */
export class SourceLatch {
  readonly #rule: LatchRule;
  #expected: string | undefined;
  #source: Address | undefined;

  constructor(rule: LatchRule, signalled: Address | undefined) {
    this.#rule = rule;
    this.expect(signalled);
  }

  /** Where the phone sends from; undefined before the first packet. */
  get source(): Address | undefined {
    return this.#source;
  }

  /** False if the packet is a stranger's. Costs two comparisons. */
  admits(from: Address): boolean {
    const source = this.#source;
    if (source) return from.port === source.port && from.address === source.address;
    return this.#expected === undefined || from.address === this.#expected;
  }

  /** A valid packet came from there. */
  learn(from: Address): void {
    this.#source ??= { address: from.address, port: from.port };
  }

  /** Signalling says that the phone is elsewhere now. */
  expect(signalled: Address | undefined): void {
    this.#source = undefined;
    this.#expected =
      signalled && this.#rule === 'signalled-address' ? canonical(signalled.address) : undefined;
  }
}

/** As sockets write it: one IPv6 address has many spellings (RFC 5952). */
function canonical(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}
