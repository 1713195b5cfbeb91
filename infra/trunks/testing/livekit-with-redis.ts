import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '@patchbay/sandbox/stack/binaries';
import { startChild, type Child } from '@patchbay/sandbox/stack/child';
import { freePorts } from '@patchbay/sandbox/stack/free-ports';
import type { LiveKitAccess } from '../livekit-client.ts';

export interface LiveKitWithRedis {
  readonly access: LiveKitAccess;
  close(): Promise<void>;
}

/**
 * The real livekit-server with a real Redis beside it, both on loopback: without Redis it refuses
 * every SIP call of its API.
 *
 * @param redis false starts it without, to see that refusal
 */
export async function startLiveKitWithRedis({ redis = true } = {}): Promise<LiveKitWithRedis> {
  const binary = await findBinary('livekit-server');
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-livekit-'));
  const [port = 0, tcpPort, udpPort, redisPort] = await freePorts(4);
  const apiKey = `API${randomBytes(6).toString('hex')}`;
  const apiSecret = randomBytes(24).toString('hex');
  const children: Child[] = [];
  const close = async () => {
    for (const child of children.reverse()) await child.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    if (redis) {
      children.push(
        await startChild({
          name: 'redis-server',
          command: 'redis-server',
          args: ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
          env: {},
          inherit: { PATH: process.env.PATH ?? '' },
          logFile: join(folder, 'redis.log'),
          isReady: (line) => line.includes('Ready to accept connections'),
          readyTimeoutMs: 20_000,
        }),
      );
    }
    const config = {
      port,
      bind_addresses: ['127.0.0.1'],
      keys: { [apiKey]: apiSecret },
      logging: { json: true, level: 'info' },
      ...(redis ? { redis: { address: `127.0.0.1:${redisPort}` } } : {}),
      rtc: { tcp_port: tcpPort, udp_port: udpPort, node_ip: '127.0.0.1', use_external_ip: false },
    };
    const configFile = join(folder, 'livekit.yaml');
    await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
    children.push(
      await startChild({
        name: 'livekit-server',
        command: binary,
        args: ['--config', configFile],
        env: {},
        logFile: join(folder, 'livekit.log'),
        isReady: (line) => line.includes('starting LiveKit server'),
        readyTimeoutMs: 30_000,
        stopTimeoutMs: 5_000,
      }),
    );
    return { access: { url: `http://127.0.0.1:${port}`, apiKey, apiSecret }, close };
  } catch (error) {
    await close();
    throw error;
  }
}
