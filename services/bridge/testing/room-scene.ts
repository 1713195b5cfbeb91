import { RoomServiceClient } from 'livekit-server-sdk';
import { vi } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { newCallId, roomName } from '@patchbay/common/room-contract';
import { tone } from '../../sandbox/audio/tone.ts';
import { createRoomAdmin, type LiveKitKeys } from '../room/admin.ts';
import { callerIdentity } from '../room/caller.ts';
import type { RoomEngine, RoomLink } from '../room/link.ts';
import { sipToken } from '../room/token.ts';
import { RoomListener } from './room-listener.ts';
import { ToneAgent } from './tone-agent.ts';

/** How long a real LiveKit server may take for what is asked of it. */
export const WAIT = { timeout: 15_000, interval: 20 };

/** One room of a real LiveKit server, which a caller and agents can join. */
export class RoomScene {
  readonly room = roomName('reach', 'bank', newCallId());
  readonly listener = new RoomListener();
  readonly client: RoomServiceClient;
  readonly #livekit: LiveKitKeys;
  readonly #engine: RoomEngine;
  readonly #closers: (() => Promise<unknown>)[] = [];

  constructor(livekit: LiveKitKeys, engine: RoomEngine) {
    const { url, apiKey, apiSecret } = livekit;
    this.client = new RoomServiceClient(url, apiKey, apiSecret);
    this.#livekit = livekit;
    this.#engine = engine;
  }

  /** The caller joins by the engine. */
  async join(
    options: { signal?: AbortSignal; secret?: string; url?: string } = {},
  ): Promise<RoomLink> {
    const { url, apiKey, apiSecret } = this.#livekit;
    const caller = callerIdentity({
      callId: 'c1',
      sipCallId: 'abc@host',
      trunk: 'local',
      callerUser: '+12025550187',
      callerHost: '192.0.2.1',
      calledNumber: '+12025550101',
      headers: {},
      inviteAtMs: 123,
    });
    const token = await sipToken({
      apiKey,
      apiSecret: options.secret ?? apiSecret,
      room: this.room,
      agent: 'bank',
      ...caller,
    });
    const link = await this.#engine.join(
      { url: options.url ?? url, token, trackName: caller.identity },
      this.listener,
      options.signal ?? new AbortController().signal,
    );
    this.#closers.push(() => link.leave());
    return link;
  }

  async agentJoins(options?: Parameters<typeof ToneAgent.join>[2]): Promise<ToneAgent> {
    const agent = await ToneAgent.join(this.#livekit, this.room, options);
    this.#closers.push(() => agent.close());
    return agent;
  }

  /** Who is in the room, by LiveKit's own word. */
  async participants() {
    return this.client.listParticipants(this.room).catch(() => []);
  }

  /** Say a tone as long as the condition does not hold. */
  async sayUntil(link: RoomLink, frequencyHz: number, check: () => void): Promise<void> {
    const samples = tone({ frequencyHz, durationMs: 1_000, sampleRateHz: 8_000 });
    const startedMs = performance.now();
    let said = 0;
    const timer = setInterval(() => {
      for (; said < (performance.now() - startedMs) / 20; said++) {
        const at = (said % 50) * 160;
        link.publish(samples.subarray(at, at + 160));
      }
    }, 10);
    try {
      await vi.waitFor(check, WAIT);
    } finally {
      clearInterval(timer);
    }
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    await createRoomAdmin(this.#livekit, silentLogger()).deleteRoom(this.room);
  }
}
