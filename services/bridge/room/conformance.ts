import { RoomServiceClient } from 'livekit-server-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { newCallId, roomName } from '@patchbay/common/room-contract';
import { tone } from '../../sandbox/audio/tone.ts';
import { purest } from '../testing/purest.ts';
import { AGENT_RATE_HZ, ToneAgent } from '../testing/tone-agent.ts';
import { createRoomAdmin, type LiveKitKeys } from './admin.ts';
import { callerIdentity } from './caller.ts';
import {
  RoomRpcError,
  type RoomEngine,
  type RoomEvents,
  type RoomGone,
  type RoomLink,
  type RpcMethod,
} from './link.ts';
import { sipToken } from './token.ts';

const SIP = 3;
const WAIT = { timeout: 15_000, interval: 20 };

class Listener implements RoomEvents {
  readonly sources = new Map<string, Int16Array[]>();
  readonly silentSources: string[] = [];
  readonly packets: { topic: string; text: string }[] = [];
  readonly goneReasons: RoomGone[] = [];
  readonly keys: string[] = [];
  heardCount = 0;
  aloneCount = 0;

  heard(): void {
    this.heardCount += 1;
  }
  alone(): void {
    this.aloneCount += 1;
  }
  audio(source: string, samples: Int16Array): void {
    const frames = this.sources.get(source) ?? [];
    frames.push(samples);
    this.sources.set(source, frames);
  }
  silent(source: string): void {
    this.silentSources.push(source);
  }
  data(topic: string, payload: Uint8Array): void {
    this.packets.push({ topic, text: Buffer.from(payload).toString() });
  }
  dtmf(digit: string): void {
    this.keys.push(digit);
  }
  rpc(method: RpcMethod, payload: string): Promise<string> {
    if (payload === 'refuse') return Promise.reject(new RoomRpcError(2_000, 'not now'));
    return Promise.resolve(`${method} got ${payload}`);
  }
  gone(reason: RoomGone): void {
    this.goneReasons.push(reason);
  }

  /** The last of what was heard from everybody, 8 kHz. */
  last(ms: number): Int16Array {
    const frames = [...this.sources.values()].flat();
    const samples = Int16Array.from(frames.flatMap((frame) => [...frame]));
    return samples.slice(-ms * 8);
  }
}

/** What every room engine must do, tried on a real LiveKit server. */
export function describeEngine(
  name: string,
  livekit: () => LiveKitKeys,
  createEngine: () => RoomEngine,
): void {
  describe(`room engine ${name}`, () => {
    let room: string;
    let listener: Listener;
    let client: RoomServiceClient;
    const closers: (() => Promise<unknown>)[] = [];

    beforeEach(() => {
      const { url, apiKey, apiSecret } = livekit();
      client = new RoomServiceClient(url, apiKey, apiSecret);
      room = roomName('reach', 'bank', newCallId());
      listener = new Listener();
    });
    afterEach(async () => {
      for (const close of closers.splice(0).reverse()) await close();
      await createRoomAdmin(livekit(), silentLogger()).deleteRoom(room);
    });

    async function join(options: { signal?: AbortSignal; secret?: string; url?: string } = {}) {
      const { url, apiKey, apiSecret } = livekit();
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
        room,
        agent: 'bank',
        ...caller,
      });
      const link = await createEngine().join(
        { url: options.url ?? url, token, trackName: caller.identity },
        listener,
        options.signal ?? new AbortController().signal,
      );
      closers.push(() => link.leave());
      return link;
    }

    async function agentJoins(options?: Parameters<typeof ToneAgent.join>[2]): Promise<ToneAgent> {
      const agent = await ToneAgent.join(livekit(), room, options);
      closers.push(() => agent.close());
      return agent;
    }

    /** Say a tone as long as the condition does not hold. */
    async function sayUntil(link: RoomLink, frequencyHz: number, check: () => void): Promise<void> {
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

    it('is in the room as a SIP caller, with the agent dispatched', async () => {
      await join();
      const [participant] = await client.listParticipants(room);
      expect(participant).toMatchObject({
        identity: 'sip_+12025550187',
        name: 'Phone +12025550187',
        kind: SIP,
      });
      expect(participant?.attributes).toMatchObject({
        'sip.callStatus': 'ringing',
        'patchbay.door': 'reach',
      });
    });

    it('carries a tone both ways, as loud as it was and nothing else', async () => {
      const link = await join();
      await link.publishTrack();
      const agent = await agentJoins({ frequencyHz: 440 });
      await sayUntil(link, 1_000, () => {
        expect(agent.heardMs).toBeGreaterThan(1_000);
        expect(purest(agent.heard(500), 1_000, AGENT_RATE_HZ)).toBeGreaterThan(0.98);
        const heard = listener.last(500);
        expect(purest(heard, 440, 8_000)).toBeGreaterThan(0.98);
        expect(Math.max(...heard)).toBeGreaterThan(6_000);
        expect(Math.max(...heard)).toBeLessThan(10_000);
      });
      expect(listener.heardCount).toBe(1);
    });

    it('hears several speakers at once, each by itself, and the rest when one leaves', async () => {
      await join();
      await agentJoins({ frequencyHz: 440 });
      const second = await agentJoins({ frequencyHz: 700, identity: 'a-second-agent' });
      const tones = () =>
        [...listener.sources.values()].map((frames) => {
          const samples = Int16Array.from(frames.slice(-50).flatMap((frame) => [...frame]));
          const pure = (frequencyHz: number) => purest(samples, frequencyHz, 8_000) > 0.98;
          return pure(440) ? 440 : pure(700) ? 700 : 0;
        });
      await vi.waitFor(() => {
        expect(listener.heardCount).toBe(2);
        expect(tones().sort()).toEqual([440, 700]);
      }, WAIT);
      await second.close();
      await vi.waitFor(() => expect(listener.silentSources).toHaveLength(1), WAIT);
      listener.sources.clear();
      await vi.waitFor(() => expect(tones()).toEqual([440]), WAIT);
    });

    it('hears an agent that was there first', async () => {
      await agentJoins();
      await join();
      await vi.waitFor(() => expect(listener.heardCount).toBe(1), WAIT);
    });

    it('tells keys, data packets and attributes', async () => {
      const link = await join();
      const agent = await agentJoins({ publish: false });
      link.setAttributes({ 'sip.callStatus': 'active' });
      await agent.send('a-topic', { hello: 1 });
      await vi.waitFor(async () => {
        // LiveKit drops what comes before the agent's own data channel stands.
        link.sendDtmf('#');
        expect(agent.dtmf[0]).toBe('#');
        expect(listener.packets).toEqual([{ topic: 'a-topic', text: '{"hello":1}' }]);
        const caller = await client.getParticipant(room, 'sip_+12025550187');
        expect(caller.attributes['sip.callStatus']).toBe('active');
      }, WAIT);
    });

    it('tells keys that the agent presses', async () => {
      await join();
      const agent = await agentJoins({ publish: false });
      // LiveKit drops keys for a participant whose data channel is not open yet, without a word.
      const pressing = setInterval(() => void agent.press('#'), 500);
      try {
        await vi.waitFor(() => expect(listener.keys).toContain('#'), WAIT);
      } finally {
        clearInterval(pressing);
      }
    });

    it('answers RPC calls of the agent, also with a refusal', async () => {
      await join();
      const agent = await agentJoins({ publish: false });
      const caller = 'sip_+12025550187';
      const answer = await agent.callRpc(caller, 'lk.sip.EndCall', 'that');
      expect(answer).toBe('lk.sip.EndCall got that');
      await expect(agent.callRpc(caller, 'lk.sip.EndCall', 'refuse')).rejects.toMatchObject({
        code: 2_000,
        message: 'not now',
      });
      await expect(agent.callRpc(caller, 'unknown', '')).rejects.toMatchObject({ code: 1_400 });
    });

    it('tells when the agent leaves, and hears the next one', async () => {
      await join();
      const first = await agentJoins();
      await vi.waitFor(() => expect(listener.heardCount).toBe(1), WAIT);
      await first.close();
      await vi.waitFor(() => {
        expect(listener.aloneCount).toBe(1);
        expect(listener.silentSources).toHaveLength(1);
      }, WAIT);
      await agentJoins();
      await vi.waitFor(() => expect(listener.heardCount).toBe(2), WAIT);
      expect(listener.goneReasons).toEqual([]);
    });

    it('tells when the room is deleted', async () => {
      await join();
      await client.deleteRoom(room);
      await vi.waitFor(() => expect(listener.goneReasons).toEqual(['ended']), WAIT);
    });

    it('tells when the caller is removed', async () => {
      await join();
      await client.removeParticipant(room, 'sip_+12025550187');
      await vi.waitFor(() => expect(listener.goneReasons).toEqual(['ended']), WAIT);
    });

    it('is out of the room when it has left, without a word to itself', async () => {
      const link = await join();
      await link.publishTrack();
      await Promise.all([link.leave(), link.leave()]);
      link.publish(new Int16Array(160));
      link.sendDtmf('1');
      link.setAttributes({ a: 'b' });
      await vi.waitFor(async () => {
        const participants = await client.listParticipants(room).catch(() => []);
        expect(participants).toEqual([]);
      }, WAIT);
      expect(listener.goneReasons).toEqual([]);
    });

    it('refuses to join with a wrong key or without a server', async () => {
      await expect(join({ secret: 'w'.repeat(32) })).rejects.toThrow();
      await expect(join({ url: 'ws://127.0.0.1:9' })).rejects.toThrow();
    });

    it.each([0, 1, 2, 3, 5, 10, 20, 40])(
      'given up %d ms after it began to join, it leaves nothing behind',
      async (waitMs) => {
        const abort = new AbortController();
        const joining = join({ signal: abort.signal });
        setTimeout(() => abort.abort(), waitMs);
        // Either it was too late to give it up, or nobody gets a link.
        await joining.then(
          (link) => link.leave(),
          (error: unknown) => expect(abort.signal.aborted, String(error)).toBe(true),
        );
        await vi.waitFor(async () => {
          const participants = await client.listParticipants(room).catch(() => []);
          expect(participants).toEqual([]);
        }, WAIT);
      },
    );
  });
}
