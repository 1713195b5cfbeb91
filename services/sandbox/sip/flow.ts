/**
 * Where a message came from and where answers go: a UDP address, or one TCP connection. Tests make
 * their own, so that nothing above needs a socket.
 */
export interface Flow {
  readonly protocol: 'udp' | 'tcp';
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** false once a TCP connection is gone; always true for UDP. */
  readonly open: boolean;
  /** Send one serialized message. `onError` is called at most once, never before this returns. */
  send(data: Buffer, onError?: (error: Error) => void): void;
}
