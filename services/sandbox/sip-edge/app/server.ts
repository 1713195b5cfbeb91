import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Logger } from '@patchbay/common/logger';
import { encodeFrame, FrameReader } from './frame.ts';
import { formatEdgeFrame, parseAppFrame, type AppFrame, type EdgeFrame } from './leader.ts';

/** Must be ≥ v0.8.2 for drachtio-srf to ping, and begin as drachtio-server's versions do. */
const VERSION = 'v0.9.10-edge';
const MAX_APPS = 64;
/** Whoever has not given the secret by then is put out. */
export const AUTHENTICATE_WITHIN_MS = 10_000;
/** An application that doesn't read is put out when so many bytes wait for it. */
const MAX_UNSENT_BYTES = 16_777_216;

/** Frames that have to do with SIP; the others are settled here. */
export type SipFrame = Extract<
  AppFrame,
  { type: 'respond' | 'request' | 'request-in-dialog' | 'cancel' }
>;

/** One connected and authenticated application, as the calls see it. */
export interface App {
  send(frame: EdgeFrame): void;
}

export interface AppServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  secret: string;
  /** `proto/host:port` of each SIP socket, told to applications when they connect. */
  sipAddresses: string;
  log: Logger;
  onFrame(app: App, frame: SipFrame): void;
  /** An application that had authenticated is gone, with all it was doing. */
  onGone(app: App): void;
}

class Connection implements App {
  readonly socket: Socket;
  readonly reader = new FrameReader();
  /** Verbs it wants; a Set because drachtio-srf sends each more than once. */
  readonly verbs = new Set<string>();
  authenticated = false;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  send(frame: EdgeFrame): void {
    if (!this.socket.writable) return;
    if (this.socket.writableLength > MAX_UNSENT_BYTES) this.socket.destroy();
    else this.socket.write(encodeFrame(formatEdgeFrame(frame)));
  }
}

/** Where applications connect: authentication, routes, pings, and who gets the next request. */
export class AppServer {
  readonly port: number;
  readonly #options: AppServerOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #turn = new Map<string, number>();

  private constructor(server: Server, options: AppServerOptions) {
    this.#server = server;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    server.maxConnections = MAX_APPS;
    server.on('error', (error) => options.log.error({ err: error }, 'accepting an app failed'));
    server.on('connection', (socket) => this.#onConnection(socket));
  }

  /**
   * Listen for applications.
   * @throws the socket's error, for example EADDRINUSE
   */
  static async listen(options: AppServerOptions): Promise<AppServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, options.host, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    return new AppServer(server, options);
  }

  /** Authenticated applications. */
  get apps(): number {
    return [...this.#connections].filter((c) => c.authenticated).length;
  }

  /** Whose turn it is to get a request of this method; undefined if nobody wants it. */
  pick(method: string): App | undefined {
    const verb = method.toLowerCase();
    const wanting = [...this.#connections].filter((c) => c.authenticated && c.verbs.has(verb));
    const turn = this.#turn.get(verb) ?? 0;
    this.#turn.set(verb, turn + 1);
    return wanting[turn % Math.max(1, wanting.length)];
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // A server counts as closed a moment before its sockets say so.
    const gone = [...this.#connections].map(({ socket }) => once(socket, 'close'));
    for (const { socket } of this.#connections) socket.destroy();
    await Promise.all([closed, ...gone]);
  }

  #onConnection(socket: Socket): void {
    const connection = new Connection(socket);
    const { log } = this.#options;
    this.#connections.add(connection);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    const late = setTimeout(() => socket.destroy(), AUTHENTICATE_WITHIN_MS);
    socket.on('error', (error) => log.debug({ err: error }, 'app connection failed'));
    socket.on('data', (chunk) => {
      const payloads = connection.reader.push(chunk);
      if (payloads === 'bad-length') {
        log.warn('an app sent a frame without a usable length');
        socket.destroy();
        return;
      }
      for (const payload of payloads) {
        if (!socket.writable) return; // refused meanwhile
        this.#onFrame(connection, parseAppFrame(payload));
        if (connection.authenticated) clearTimeout(late);
      }
    });
    socket.on('close', () => {
      clearTimeout(late);
      this.#connections.delete(connection);
      if (!connection.authenticated) return;
      connection.authenticated = false;
      log.info('app disconnected');
      this.#options.onGone(connection);
    });
  }

  #onFrame(connection: Connection, frame: AppFrame): void {
    const to = frame.id;
    if (frame.type === 'authenticate') return this.#authenticate(connection, to, frame.secret);
    if (!connection.authenticated) return this.#refuse(connection, to, 'not authenticated');
    switch (frame.type) {
      case 'ping':
        return connection.send({ type: 'ok', to, fields: ['pong'] });
      case 'route':
        connection.verbs.add(frame.verb);
        return connection.send({ type: 'ok', to });
      case 'remove_route':
        connection.verbs.delete(frame.verb);
        return connection.send({ type: 'ok', to });
      case 'proxy':
        return connection.send({ type: 'nok', to, reason: 'proxy is not supported by this edge' });
      case 'unusable':
        // The reason may hold numbers, so it stands under a name that is redacted.
        this.#options.log.warn({ sipUri: frame.reason }, 'a message from an app was refused');
        return connection.send({ type: 'nok', to, reason: frame.reason });
      case 'broken':
        return this.#refuse(connection, to, frame.reason);
      default:
        return this.#options.onFrame(connection, frame);
    }
  }

  #authenticate(connection: Connection, to: string, secret: string): void {
    const { log, sipAddresses } = this.#options;
    if (!sameSecret(secret, this.#options.secret)) {
      log.warn('an app gave the wrong secret');
      return this.#refuse(connection, to, 'incorrect secret');
    }
    connection.authenticated = true;
    connection.send({ type: 'ok', to, fields: [sipAddresses, VERSION, sipAddresses] });
    log.info({ apps: this.apps }, 'app connected');
  }

  #refuse(connection: Connection, to: string, reason: string): void {
    connection.send({ type: 'no', to, reason });
    connection.socket.end();
  }
}

/** Compares in constant time. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
