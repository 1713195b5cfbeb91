import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsIdentity } from '../../sandbox/sip/self-signed.ts';

const HOST = '127.0.0.1';

/** Stands before LiveKit's HTTP and WebSocket port, with TLS if it has an identity, and can be cut. */
export class SignalProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #targetPort: number;
  #cut = false;
  #refused = 0;

  private constructor(server: Server, scheme: 'ws' | 'wss', targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    this.url = `${scheme}://${HOST}:${(server.address() as AddressInfo).port}`;
  }

  static async open(targetPort: number, identity?: TlsIdentity): Promise<SignalProxy> {
    const made: { proxy?: SignalProxy } = {};
    const take = (socket: Socket) => made.proxy?.take(socket);
    const server = identity ? createTlsServer(identity, take) : createServer(take);
    server.listen(0, HOST);
    await once(server, 'listening');
    made.proxy = new SignalProxy(server, identity ? 'wss' : 'ws', targetPort);
    return made.proxy;
  }

  /** Connections that came while it was cut. */
  get refused(): number {
    return this.#refused;
  }

  /** Break every connection, and every new one until {@link mend}. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#cut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  private take(socket: Socket): void {
    if (this.#cut) {
      this.#refused += 1;
      socket.destroy();
      return;
    }
    const upstream = connect(this.#targetPort, HOST);
    for (const [end, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      this.#sockets.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        this.#sockets.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  }
}
