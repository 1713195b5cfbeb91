import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepConnections } from './http-connections.ts';

const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');
const place = globalThis as unknown as Record<symbol, object | undefined>;

let server: Server;
let sockets: Socket[];
let usual: object | undefined;

beforeEach(async () => {
  await fetch('data:,');
  usual = place[GLOBAL_DISPATCHER];
  sockets = [];
  server = createServer((_, response) => response.end('yes'));
  // Like the providers' servers: they keep connections, and don't say for how long.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  place[GLOBAL_DISPATCHER] = usual;
  server.closeAllConnections();
  server.close();
});

const ask = async () => {
  const { port } = server.address() as AddressInfo;
  await (await fetch(`http://127.0.0.1:${port}`)).text();
};

test('the answer to a caller who spoke for longer than 4 s needs no new connection', async () => {
  await ask();
  const [byNode] = sockets;
  await keepConnections();
  await ask();
  // Node has given up its own by now: so long, and longer, callers speak.
  await once(byNode as Socket, 'close');
  await ask();
  expect(sockets).toHaveLength(2);
});
