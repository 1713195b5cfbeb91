import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '@patchbay/sandbox/stack/binaries';
import { startChild } from '@patchbay/sandbox/stack/child';
import { freePorts } from '@patchbay/sandbox/stack/free-ports';
import { findLiveKitSip, NO_LIVEKIT_SIP } from '@patchbay/sandbox/stack/livekit-sip';
import { startRedis } from '@patchbay/sandbox/stack/redis';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderChart } from '../testing/helm.ts';
import { chartFolder, exampleFile, KUBE_VERSION } from './charts.ts';
import { environmentOf, expand } from './pod-env.ts';
import { containerNamed, objectOf } from './pods.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-livekit-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Stands for the node's own; unlike a real one it is there on every machine. */
const NODE_ADDRESS = '127.0.0.2';

/** Starts the real server as the pod would, on loopback. */
async function startAsInPod(example: string, values: object) {
  const objects = await renderChart({
    chart: chartFolder('livekit-server'),
    valueFiles: [exampleFile('livekit-server', example)],
    values,
    kubeVersion: KUBE_VERSION,
  });
  const container = containerNamed(objects, 'livekit-server');
  const env = environmentOf(container, {
    objects,
    secrets: {
      'livekit-keys': { LIVEKIT_API_KEY: 'prodkey', LIVEKIT_API_SECRET: 'p'.repeat(40) },
      'redis-password': { REDIS_PASSWORD: 'password' },
    },
    fields: { 'status.hostIP': NODE_ADDRESS },
  });
  const { data } = objectOf(objects, 'ConfigMap') as unknown as { data: Record<string, string> };
  const file = join(folder, `${example}.yaml`);
  await writeFile(file, data['livekit.yaml'] ?? '');
  return startChild({
    name: 'livekit-server',
    command: await findBinary('livekit-server'),
    args: (container.args ?? []).map((arg) =>
      expand(arg, env).replace('/etc/livekit/livekit.yaml', file),
    ),
    env,
    logFile: join(folder, `${example}.log`),
    isReady: (line) => line.includes('starting LiveKit server'),
    readyTimeoutMs: 30_000,
    stopTimeoutMs: 5_000,
  });
}

it('the real livekit-server starts with the rendered configuration and knows its key', async () => {
  const [http = 0, tcp = 0, metrics = 0] = await freePorts(3);
  const server = await startAsInPod('development', {
    service: { port: http },
    metrics: { port: metrics },
    rtc: { tcpPort: tcp },
    portRanges: { others: [], reservedOnNodes: [{ min: 1, max: 65_535 }] },
    extraConfig: { rtc: { enable_loopback_candidate: true, interfaces: { includes: ['lo'] } } },
  });
  try {
    const secret = 'a-development-secret-of-32-characters';
    const rooms = new RoomServiceClient(`http://127.0.0.1:${http}`, 'devkey', secret);
    // The log line comes just before the socket is bound.
    await expect.poll(() => rooms.listRooms().catch(String), { timeout: 10_000 }).toEqual([]);
    const page = await fetch(`http://${NODE_ADDRESS}:${metrics}/metrics`);
    expect(await page.text()).toContain('livekit_');
    // Pods come by the node's address, `kubectl port-forward` by loopback.
    expect((await fetch(`http://${NODE_ADDRESS}:${http}/`)).status).toBe(200);
  } finally {
    await server.close();
  }
});

const livekitSip = await findLiveKitSip();
const skipped = livekitSip ? '' : ` (skipped: ${NO_LIVEKIT_SIP})`;
it.skipIf(!livekitSip)(
  `the real livekit-sip starts with the rendered configuration, and has its health and metrics where the chart says${skipped}`,
  async () => {
    const [sip = 0, health = 0, metrics = 0] = await freePorts(3);
    const password = 'redis password: #1';
    const redis = await startRedis({ folder, logFile: join(folder, 'redis.log'), password });
    const objects = await renderChart({
      chart: chartFolder('livekit-sip'),
      valueFiles: [exampleFile('livekit-sip', 'development')],
      values: {
        redis: { address: redis.address, existingSecret: 'redis-password', password: '' },
        sip: { port: sip },
        service: { healthPort: health },
        metrics: { port: metrics },
        publicAddress: { address: '127.0.0.1' },
        portRanges: { others: [], reservedOnNodes: [{ min: 1, max: 65_535 }] },
      },
      kubeVersion: KUBE_VERSION,
    });
    const env = environmentOf(containerNamed(objects, 'livekit-sip'), {
      objects,
      secrets: { 'redis-password': { REDIS_PASSWORD: password } },
      fields: { 'status.hostIP': '127.0.0.1' },
    });
    const child = await startChild({
      name: 'livekit-sip',
      command: livekitSip ?? '',
      args: [],
      env,
      logFile: join(folder, 'livekit-sip.log'),
      isReady: (line) => line.includes('server starting'),
      readyTimeoutMs: 30_000,
      stopTimeoutMs: 5_000,
    });
    try {
      const answered = () => fetch(`http://127.0.0.1:${health}/`).then(({ status }) => status);
      // 429 on a machine that is busy: then the pod gets no calls.
      await expect.poll(() => answered().catch(String), { timeout: 10_000 }).toBeOneOf([200, 429]);
      const page = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
      expect(page).toContain('livekit_sip_available');
      expect(page).toContain('livekit_sip_invite_requests_raw');
    } finally {
      await child.close();
      await redis.close();
    }
  },
);

it.each(['production', 'autoscaled'])(
  'the real livekit-server understands the configuration of %s up to the Redis it can’t reach',
  async (example) => {
    const [redis = 0] = await freePorts(1);
    const values = {
      redis: { address: `127.0.0.1:${redis}`, tls: false },
      // No STUN server is asked by a test.
      publicAddress: { source: 'hostIP' },
      turn: { nodeCidrs: ['10.1.0.0/24'] },
    };
    await expect(startAsInPod(example, values)).rejects.toThrow(/unable to connect to redis/);
  },
);
