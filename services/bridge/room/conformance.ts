import type { RoomServiceClient } from 'livekit-server-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { purest } from '../testing/purest.ts';
import type { RoomListener } from '../testing/room-listener.ts';
import { RoomScene, WAIT } from '../testing/room-scene.ts';
import { AGENT_RATE_HZ } from '../testing/tone-agent.ts';
import type { LiveKitKeys } from './admin.ts';
import type { RoomEngine } from './link.ts';

const SIP = 3;

/** What every room engine must do, tried on a real LiveKit server. */
export function describeEngine(
  name: string,
  livekit: () => LiveKitKeys,
  createEngine: () => RoomEngine,
): void {
  describe(`room engine ${name}`, () => {
    let scene: RoomScene;
    let listener: RoomListener;
    let client: RoomServiceClient;

    beforeEach(() => {
      scene = new RoomScene(livekit(), createEngine());
      ({ listener, client } = scene);
    });
    afterEach(() => scene.close());

    it('is in the room as a SIP caller, with the agent dispatched', async () => {
      await scene.join();
      const [participant] = await client.listParticipants(scene.room);
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
      const link = await scene.join();
      await link.publishTrack();
      const agent = await scene.agentJoins({ frequencyHz: 440 });
      await scene.sayUntil(link, 1_000, () => {
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
      await scene.join();
      await scene.agentJoins({ frequencyHz: 440 });
      const second = await scene.agentJoins({ frequencyHz: 700, identity: 'a-second-agent' });
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
      await scene.agentJoins();
      await scene.join();
      await vi.waitFor(() => expect(listener.heardCount).toBe(1), WAIT);
    });

    it('tells keys, data packets and attributes', async () => {
      const link = await scene.join();
      const agent = await scene.agentJoins({ publish: false });
      link.setAttributes({ 'sip.callStatus': 'active' });
      await agent.send('a-topic', { hello: 1 });
      await vi.waitFor(async () => {
        // LiveKit drops what comes before the agent's own data channel stands.
        link.sendDtmf('#');
        expect(agent.dtmf[0]).toBe('#');
        expect(listener.packets).toEqual([{ topic: 'a-topic', text: '{"hello":1}' }]);
        const caller = await client.getParticipant(scene.room, 'sip_+12025550187');
        expect(caller.attributes['sip.callStatus']).toBe('active');
      }, WAIT);
    });

    it('tells keys that the agent presses', async () => {
      await scene.join();
      const agent = await scene.agentJoins({ publish: false });
      // LiveKit drops keys for a participant whose data channel is not open yet, without a word.
      const pressing = setInterval(() => void agent.press('#'), 500);
      try {
        await vi.waitFor(() => expect(listener.keys).toContain('#'), WAIT);
      } finally {
        clearInterval(pressing);
      }
    });

    it('answers RPC calls of the agent, also with a refusal', async () => {
      await scene.join();
      const agent = await scene.agentJoins({ publish: false });
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
      await scene.join();
      const first = await scene.agentJoins();
      await vi.waitFor(() => expect(listener.heardCount).toBe(1), WAIT);
      await first.close();
      await vi.waitFor(() => {
        expect(listener.aloneCount).toBe(1);
        expect(listener.silentSources).toHaveLength(1);
      }, WAIT);
      await scene.agentJoins();
      await vi.waitFor(() => expect(listener.heardCount).toBe(2), WAIT);
      expect(listener.goneReasons).toEqual([]);
    });

    it('tells when the room is deleted', async () => {
      // In a call that stands: while we still send candidates, LiveKit (1.13.5) may close the
      // connection before it has sent the message that tells why.
      await scene.join();
      await scene.agentJoins({ frequencyHz: 440 });
      await vi.waitFor(() => expect(listener.heardCount).toBe(1), WAIT);
      await client.deleteRoom(scene.room);
      await vi.waitFor(() => expect(listener.goneReasons).toEqual(['deleted']), WAIT);
    });

    it('tells when the caller is removed', async () => {
      await scene.join();
      await client.removeParticipant(scene.room, 'sip_+12025550187');
      await vi.waitFor(() => expect(listener.goneReasons).toEqual(['removed']), WAIT);
    });

    it('is out of the room when it has left, without a word to itself', async () => {
      const link = await scene.join();
      await link.publishTrack();
      await Promise.all([link.leave(), link.leave()]);
      link.publish(new Int16Array(160));
      link.sendDtmf('1');
      link.setAttributes({ a: 'b' });
      await vi.waitFor(async () => {
        const participants = await scene.participants();
        expect(participants).toEqual([]);
      }, WAIT);
      expect(listener.goneReasons).toEqual([]);
    });

    it('refuses to join with a wrong key or without a server', async () => {
      await expect(scene.join({ secret: 'w'.repeat(32) })).rejects.toThrow();
      await expect(scene.join({ url: 'ws://127.0.0.1:9' })).rejects.toThrow();
    });

    it.each([0, 1, 2, 3, 5, 10, 20, 40])(
      'given up %d ms after it began to join, it leaves nothing behind',
      async (waitMs) => {
        const abort = new AbortController();
        const joining = scene.join({ signal: abort.signal });
        setTimeout(() => abort.abort(), waitMs);
        // Either it was too late to give it up, or nobody gets a link.
        await joining.then(
          (link) => link.leave(),
          (error: unknown) => expect(abort.signal.aborted, String(error)).toBe(true),
        );
        await vi.waitFor(async () => {
          const participants = await scene.participants();
          expect(participants).toEqual([]);
        }, WAIT);
      },
    );
  });
}
