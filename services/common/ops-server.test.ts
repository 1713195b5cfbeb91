import { connect } from 'node:net';
import { once } from 'node:events';
import { Counter, Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { Health } from './health.ts';
import { startOpsServer, type OpsServer } from './ops-server.ts';

const open: OpsServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(pages: Record<string, () => unknown> = {}) {
  const health = new Health(['livekit']);
  const registry = new Registry();
  const server = await startOpsServer({ host: '127.0.0.1', port: 0, health, registry, pages });
  open.push(server);
  const get = (path: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { health, registry, server, get };
}

it('says that the process is alive, ready or not', async () => {
  const { get } = await start();
  const response = await get('/healthz');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ alive: true });
});

it('is ready only when nothing is missing, and names what is', async () => {
  const { get, health } = await start();
  const before = await get('/readyz');
  expect(before.status).toBe(503);
  expect(await before.json()).toEqual({ ready: false, draining: false, missing: ['livekit'] });
  health.set('livekit', true);
  expect((await get('/readyz?verbose=1')).status).toBe(200);
  health.drain();
  const draining = await get('/readyz');
  expect(draining.status).toBe(503);
  expect(await draining.json()).toEqual({ ready: false, draining: true, missing: [] });
});

it('serves metrics of the registry and of the process as Prometheus text', async () => {
  const { get, registry } = await start();
  new Counter({ name: 'patchbay_test_calls_total', help: 'calls', registers: [registry] }).inc(3);
  const response = await get('/metrics');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  expect(text).toContain('patchbay_test_calls_total 3');
  for (const native of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_gc_duration_seconds',
  ]) {
    expect(text).toContain(native);
  }
});

it('answers 500 and lives on when a metric or a page fails', async () => {
  const { get, registry } = await start({
    '/broken': () => {
      throw new Error('no catalogue');
    },
  });
  new Counter({
    name: 'patchbay_test_broken_total',
    help: 'fails',
    registers: [registry],
    collect: () => Promise.reject(new Error('no figures')),
  });
  for (const path of ['/metrics', '/broken']) expect((await get(path)).status, path).toBe(500);
  expect((await get('/healthz')).status).toBe(200);
});

it('serves the given pages as JSON, fresh each time', async () => {
  let active = 0;
  const { get } = await start({ '/agents': () => ({ active: active++ }) });
  expect(await (await get('/agents')).json()).toEqual({ active: 0 });
  expect(await (await get('/agents')).json()).toEqual({ active: 1 });
});

it('knows no other page and no other method', async () => {
  const { get } = await start();
  expect((await get('/constructor')).status).toBe(404);
  expect((await get('/healthz', { method: 'POST', body: 'x' })).status).toBe(405);
});

it('fails to start when the port is taken', async () => {
  const { server } = await start();
  const second = startOpsServer({
    host: '127.0.0.1',
    port: server.port,
    health: new Health(),
    registry: new Registry(),
  });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('closes although a client holds its connection open', async () => {
  const { server } = await start();
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.resume();
  await server.close();
  await closed;
});
