export type SipProtocol = 'udp' | 'tcp' | 'tls';

/** True if nothing needs to be sent again for fear that it got lost. */
export function isReliable(protocol: SipProtocol): boolean {
  return protocol !== 'udp';
}

/** RFC 3261 §19.1.2. */
export function defaultPort(protocol: SipProtocol): number {
  return protocol === 'tls' ? 5061 : 5060;
}

/**
 * Where a message came from and where answers go: a UDP address, or one TCP or TLS connection. Tests make
 * their own, so that nothing above needs a socket.
 */
export interface Flow {
  readonly protocol: SipProtocol;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** false once a connection is gone; always true for UDP. */
  readonly open: boolean;
  /** Send one serialized message. `onError` is called at most once, never before this returns. */
  send(data: Buffer, onError?: (error: Error) => void): void;
}
