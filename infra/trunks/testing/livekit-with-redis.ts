import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLiveKit } from '@patchbay/sandbox/stack/livekit-server';
import { startRedis } from '@patchbay/sandbox/stack/redis';
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
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-redis-'));
  const closers = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const store = redis
      ? await startRedis({ folder, logFile: join(folder, 'redis.log') })
      : undefined;
    if (store) closers.push(() => store.close());
    const livekit = await startLiveKit(store ? { redisAddress: store.address } : {});
    closers.push(() => livekit.close());
    const { httpUrl, apiKey, apiSecret } = livekit;
    return { access: { url: httpUrl, apiKey, apiSecret }, close };
  } catch (error) {
    await close();
    throw error;
  }
}
