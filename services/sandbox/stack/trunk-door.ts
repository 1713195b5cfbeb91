import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveKit } from './livekit-server.ts';
import { startLiveKitSip, type LiveKitSip } from './livekit-sip.ts';
import { startRedis, type Redis } from './redis.ts';
import { openTrunks } from './trunk-setup.ts';

/** LiveKit SIP and what it needs: Redis before livekit-server, livekit-sip and its trunks after it. */
export class TrunkDoor {
  readonly #binary: string;
  readonly #runDir: string;
  readonly #folder: string;
  readonly #redis: Redis;
  #livekitSip: LiveKitSip | undefined;

  private constructor(options: { binary: string; runDir: string; folder: string; redis: Redis }) {
    this.#binary = options.binary;
    this.#runDir = options.runDir;
    this.#folder = options.folder;
    this.#redis = options.redis;
  }

  /** Start Redis; livekit-server is then to be started on it. */
  static async prepare(options: { binary: string; runDir: string }): Promise<TrunkDoor> {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-trunk-'));
    try {
      const redis = await startRedis({ folder, logFile: join(options.runDir, 'redis.log') });
      return new TrunkDoor({ ...options, folder, redis });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get redisAddress(): string {
    return this.#redis.address;
  }

  /** Where telephones call. @throws Error before {@link open} */
  get sip(): { host: string; port: number } {
    if (!this.#livekitSip) throw new Error('livekit-sip is not up');
    return this.#livekitSip.sip;
  }

  /** Start livekit-sip and make the trunks. @param numbers called number → agent */
  async open(livekit: LiveKit, numbers: Readonly<Record<string, string>>): Promise<void> {
    this.#livekitSip = await startLiveKitSip({
      binary: this.#binary,
      livekit,
      redisAddress: this.#redis.address,
      folder: this.#folder,
      logFile: join(this.#runDir, 'livekit-sip.log'),
    });
    await openTrunks(livekit, numbers);
  }

  /** End livekit-sip. Redis goes on until {@link close}: livekit-server stands on it. */
  async closeSip(): Promise<void> {
    await this.#livekitSip?.close();
  }

  async close(): Promise<void> {
    await this.closeSip();
    await this.#redis.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
