import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Flow } from './flow.ts';

/** One bound UDP socket. */
export class UdpPort {
  readonly port: number;
  readonly #socket: Socket;
  readonly #host: string;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    this.port = socket.address().port;
  }

  /**
   * Bind and start receiving.
   * @throws the socket's error, for example EADDRINUSE
   */
  static async bind(
    host: string,
    port: number,
    onDatagram: (data: Buffer, flow: Flow) => void,
    onError: (error: Error) => void,
  ): Promise<UdpPort> {
    const socket = createSocket({
      type: isIPv6(host) ? 'udp6' : 'udp4',
      recvBufferSize: 1_048_576, // a burst of calls must not overflow it
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, () => {
        socket.removeListener('error', reject);
        resolve();
      });
    });
    socket.on('error', onError);
    const bound = new UdpPort(socket, host);
    socket.on('message', (data, from) => onDatagram(data, bound.flowTo(from.address, from.port)));
    return bound;
  }

  flowTo(remoteAddress: string, remotePort: number): Flow {
    const socket = this.#socket;
    return {
      protocol: 'udp',
      remoteAddress,
      remotePort,
      localAddress: this.#host,
      localPort: this.port,
      open: true,
      send(data, onError) {
        try {
          socket.send(data, remotePort, remoteAddress, (error) => {
            if (error) onError?.(error);
          });
        } catch (error) {
          // A closed socket throws at once; callers count on hearing of it later.
          queueMicrotask(() => onError?.(error as Error));
        }
      },
    };
  }

  async close(): Promise<void> {
    // What was handed over just now is on the wire a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
