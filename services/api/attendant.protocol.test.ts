import {
  AudioStream,
  dispose,
  RoomEvent,
  type RemoteParticipant,
  type RemoteTrack,
} from '@livekit/rtc-node';
import { silentLogger } from '@patchbay/common/logger';
import { ATTENDANT_PREFIX, END_TOPIC } from '@patchbay/common/room-contract';
import { AgentDispatchClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Attendant } from './attendant.ts';
import { LiveKitDesk } from './livekit/desk.ts';
import { startApiWithLiveKit, type ApiWithLiveKit } from './testing/api-with-livekit.ts';

/** The caller waits ten seconds before somebody apologises. */
const PATIENCE_MS = 30_000;

let api: ApiWithLiveKit;
let dispatches: AgentDispatchClient;
let attendant: Attendant;
const counted: string[] = [];

beforeAll(async () => {
  api = await startApiWithLiveKit((livekit) => {
    attendant = new Attendant({
      desk: new LiveKitDesk(livekit),
      log: silentLogger(),
      count: (what) => counted.push(what),
    });
    return (event) => attendant.handle(event);
  });
  const { httpUrl, apiKey, apiSecret } = api.livekit;
  dispatches = new AgentDispatchClient(httpUrl, apiKey, apiSecret);
});
afterAll(async () => {
  await attendant.close();
  await dispose();
  await api.close();
});

const sentFor = async (name: string) => (await dispatches.listDispatch(name)).length;

describe('a caller to whom no agent comes', () => {
  it('gets one sent for again, then hears an apology, is told why, and the room ends', async () => {
    const { room, answer } = await api.call();
    const name = answer.room_name;
    let loudSamples = 0;
    const causes: string[] = [];
    room.on(RoomEvent.TrackSubscribed, (track: RemoteTrack, _publication, who) => {
      expect(who.identity).toMatch(new RegExp(`^${ATTENDANT_PREFIX}`));
      void (async () => {
        for await (const { data } of new AudioStream(track, 16_000, 1)) {
          loudSamples += data.filter((sample) => Math.abs(sample) > 500).length;
        }
      })();
    });
    room.on(RoomEvent.DataReceived, (payload, _who?: RemoteParticipant, _kind?, topic?) => {
      if (topic === END_TOPIC) causes.push(new TextDecoder().decode(payload));
    });
    const over = new Promise((resolve) => room.once(RoomEvent.Disconnected, resolve));
    await vi.waitFor(async () => expect(await sentFor(name)).toBeGreaterThan(1), {
      timeout: PATIENCE_MS,
      interval: 100,
    });
    await over;
    expect(causes).toEqual(['{"cause":"no-agent"}']);
    // The apology has about four seconds of speech.
    expect(loudSamples / 16_000).toBeGreaterThan(0.5);
    expect(counted.at(-1)).toBe('gave-up');
    await vi.waitFor(() => expect(attendant.watching).toBe(0));
  });
});

describe('an agent that is lost in mid-call', () => {
  it('is sent for again', async () => {
    const { room, answer } = await api.call();
    const name = answer.room_name;
    const agent = await api.joinAs(name, 'agent');
    const before = await sentFor(name);
    await agent.disconnect();
    await vi.waitFor(async () => expect(await sentFor(name)).toBe(before + 1), {
      timeout: PATIENCE_MS,
      interval: 50,
    });
    await room.disconnect();
    await vi.waitFor(() => expect(attendant.watching).toBe(0), { timeout: PATIENCE_MS });
  });
});
