import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTcpRelay, type TcpRelay } from './tcp-relay.ts';

let server: Server;
let relay: TcpRelay;
beforeEach(async () => {
  server = createServer((request, response) => response.end(`you asked for ${request.url}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const to = typeof address === 'object' && address ? address.port : 0;
  relay = await startTcpRelay({ host: '127.0.0.2', to });
});
afterEach(async () => {
  await relay.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = async () => (await fetch(`http://127.0.0.2:${relay.port}/balance`)).text();

it('brings what a pod asks to a service on loopback, and its answer back', async () => {
  expect(await ask()).toBe('you asked for /balance');
});

it('breaks the connection off when the service does', async () => {
  server.removeAllListeners('request');
  server.on('request', (request) => request.socket.destroy());
  await expect(ask()).rejects.toThrow();
});

it('takes no connection once it is closed', async () => {
  await relay.close();
  await expect(ask()).rejects.toThrow();
  relay = await startTcpRelay({ host: '127.0.0.2', to: 1 });
});
