import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, type Registry } from 'prom-client';
import type { Health } from './health.ts';
import { scrape } from './scrape.ts';

export interface OpsServerOptions {
  host: string;
  /** 0 takes a free port; see {@link OpsServer.port}. */
  port: number;
  health: Health;
  registry: Registry;
  /** More read-only JSON pages, by path, for example `/agents`. */
  pages?: Readonly<Record<string, () => unknown>>;
}

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serve `/healthz` (200 while the process lives), `/readyz` (503 names what is missing) and
 * `/metrics` (Prometheus text or OpenMetrics, as asked for), plus the given pages.
 */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  collectDefaultMetrics({ register: options.registry });
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.method !== 'GET') return json(405, { error: 'only GET is served here' });
    if (path === '/healthz') return json(200, { alive: true });
    if (path === '/readyz') {
      const { ready, draining } = options.health;
      return json(ready ? 200 : 503, { ready, draining, missing: options.health.missing() });
    }
    if (path === '/metrics') {
      scrape(options.registry, request.headers.accept).then(
        ({ contentType, text }) => {
          response.writeHead(200, { 'content-type': contentType });
          response.end(text);
        },
        (error: unknown) => json(500, { error: String(error) }),
      );
      return;
    }
    const page = options.pages?.[path];
    if (page) {
      try {
        return json(200, page());
      } catch (error) {
        // A page that fails must not take the process down with the calls it holds.
        return json(500, { error: String(error) });
      }
    }
    json(404, { error: `no such page: ${path}` });
  });
  const port = await listen(server, options.port, options.host);
  return { port, close: () => closeServer(server) };
}

/**
 * Start listening and say on which port.
 * @throws the socket's error, for example EADDRINUSE
 */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Stop listening and end idle connections. Resolves when every socket is closed. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
