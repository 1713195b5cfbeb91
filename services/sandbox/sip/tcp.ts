import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { formatHostPort } from './headers.ts';
import type { Flow } from './flow.ts';
import type { TlsIdentity } from './self-signed.ts';
import { StreamReader } from './stream-reader.ts';

/** A peer that says nothing while TLS is agreed on is dropped. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The most connections held at once; further ones are closed. */
export const MAX_CONNECTIONS = 1_024;
/** A message must be complete this long after its first byte. */
export const MESSAGE_TIMEOUT_MS = 32_000;
/** A peer that doesn't read is dropped when so many bytes wait for it. */
const MAX_UNSENT_BYTES = 1_048_576;

export interface TcpHandlers {
  onMessage(data: Buffer, flow: Flow): void;
  /** The stream can't be cut into messages any more and was closed. */
  onBroken(why: string, flow: Flow): void;
}

/** One TCP or TLS connection carrying SIP. */
class Connection implements Flow {
  readonly protocol: 'tcp' | 'tls';
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: Socket;
  readonly #reader = new StreamReader();
  readonly #handlers: TcpHandlers;
  #unfinished: NodeJS.Timeout | undefined;

  constructor(
    protocol: 'tcp' | 'tls',
    socket: Socket,
    remote: { host: string; port: number },
    local: { host: string; port: number },
    handlers: TcpHandlers,
  ) {
    this.protocol = protocol;
    this.#socket = socket;
    this.#handlers = handlers;
    this.remoteAddress = remote.host;
    this.remotePort = remote.port;
    this.localAddress = local.host;
    this.localPort = local.port;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => undefined); // 'close' follows; senders hear it in their callbacks
    socket.on('close', () => clearTimeout(this.#unfinished));
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  send(data: Buffer, onError?: (error: Error) => void): void {
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.destroy();
    this.#socket.write(data, (error) => {
      if (error) onError?.(error);
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    const items = this.#reader.push(chunk);
    if (typeof items === 'string') return this.#break(items);
    for (const item of items) {
      if (item.kind === 'ping') this.send(Buffer.from('\r\n'));
      else this.#handlers.onMessage(item.data, this);
    }
    if (items.length > 0 || this.#reader.pendingBytes === 0) {
      clearTimeout(this.#unfinished);
      this.#unfinished = undefined;
    }
    if (this.#reader.pendingBytes > 0) {
      this.#unfinished ??= setTimeout(
        () => this.#break('message-not-finished'),
        MESSAGE_TIMEOUT_MS,
      );
    }
  }

  #break(why: string): void {
    this.destroy();
    this.#handlers.onBroken(why, this);
  }
}

/**
 * A TCP listener, or one for TLS, and the connections made from it and to it. Whom it connects to by
 * TLS is not asked for a certificate that somebody vouches for: this is for development.
 */
export class TcpPort {
  readonly port: number;
  readonly #server: Server;
  readonly #host: string;
  readonly #handlers: TcpHandlers;
  readonly #tls: TlsIdentity | undefined;
  readonly #connections = new Map<string, Connection>();

  private constructor(server: Server, host: string, handlers: TcpHandlers, tls?: TlsIdentity) {
    this.#server = server;
    this.#tls = tls;
    this.#host = host;
    this.#handlers = handlers;
    this.port = (server.address() as AddressInfo).port;
    server.maxConnections = MAX_CONNECTIONS;
    server.on('error', () => undefined); // accept errors such as EMFILE: the next accept may work
    server.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      // Gone before we looked at it.
      if (socket.remoteAddress === undefined || socket.remotePort === undefined) socket.destroy();
      else this.#adopt(socket, socket.remoteAddress, socket.remotePort);
    });
  }

  /**
   * Listen.
   * @param tls whom we are to those who connect; without it there is no TLS
   * @throws the socket's error, for example EADDRINUSE
   */
  static async listen(
    host: string,
    port: number,
    handlers: TcpHandlers,
    tls?: TlsIdentity,
  ): Promise<TcpPort> {
    const server = tls
      ? createTlsServer({ ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS })
      : createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    return new TcpPort(server, host, handlers, tls);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** The open connection to that place, or a new one (refusals show at the first send). */
  flowTo(host: string, port: number): Flow {
    const existing = this.#connections.get(formatHostPort(host, port));
    if (existing?.open) return existing;
    const socket = connect({ host, port, localAddress: this.#host });
    if (!this.#tls) return this.#adopt(socket, host, port);
    // TLS writes what waits when it is agreed on; the errors of both are those of the connection.
    return this.#adopt(connectTls({ ...this.#tls, socket, rejectUnauthorized: false }), host, port);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections.values()) connection.destroy();
    await closed;
  }

  #adopt(socket: Socket, host: string, port: number): Connection {
    const local = { host: this.#host, port: this.port };
    const protocol = this.#tls ? 'tls' : 'tcp';
    const connection = new Connection(protocol, socket, { host, port }, local, this.#handlers);
    const key = formatHostPort(host, port);
    this.#connections.set(key, connection);
    socket.on('close', () => {
      if (this.#connections.get(key) === connection) this.#connections.delete(key);
    });
    return connection;
  }
}
