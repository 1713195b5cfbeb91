import { createServer, type Server } from 'node:http';
import {
  AudioStream,
  dispose,
  Room,
  RoomEvent,
  type RemoteParticipant,
  type RemoteTrack,
} from '@livekit/rtc-node';
import { silentLogger } from '@patchbay/common/logger';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { END_TOPIC } from '@patchbay/common/room-contract';
import { startLiveKit, type LiveKit } from '@patchbay/sandbox/stack/livekit-server';
import { AccessToken, AgentDispatchClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Attendant } from './attendant.ts';
import { ATTENDANT_PREFIX } from './livekit/apology.ts';
import { LiveKitDesk } from './livekit/desk.ts';
import { bearer, createTestApp, LIVEKIT_KEY, type Answer } from './test-app.ts';

/** The caller waits ten seconds before somebody apologises. */
const PATIENCE_MS = 30_000;

let server: Server;
let base: string;
let livekit: LiveKit;
let dispatches: AgentDispatchClient;
let attendant: Attendant;
const counted: string[] = [];

beforeAll(async () => {
  server = createServer();
  const port = await listen(server, 0, '127.0.0.1');
  base = `http://127.0.0.1:${port}`;
  livekit = await startLiveKit({ ...LIVEKIT_KEY, webhookUrls: [`${base}/livekit/webhook`] });
  attendant = new Attendant({
    desk: new LiveKitDesk(livekit),
    log: silentLogger(),
    count: (what) => counted.push(what),
  });
  const { app } = createTestApp({
    publicLiveKitUrl: livekit.url,
    staleMs: 600_000,
    onRoomEvent: (event) => attendant.handle(event),
  });
  server.on('request', app);
  dispatches = new AgentDispatchClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
});
afterAll(async () => {
  await attendant.close();
  await dispose();
  await livekit.close();
  await closeServer(server);
});

async function call(): Promise<{ room: Room; name: string }> {
  const response = await fetch(`${base}/api/getToken?agent=bank`, { headers: bearer });
  const answer = (await response.json()) as Required<Answer>;
  const room = new Room();
  await room.connect(answer.server_url, answer.participant_token);
  return { room, name: answer.room_name };
}

async function joinAsAgent(name: string): Promise<Room> {
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity: 'test-agent' });
  token.addGrant({ roomJoin: true, room: name, agent: true });
  token.kind = 'agent';
  const room = new Room();
  await room.connect(livekit.url, await token.toJwt());
  return room;
}

const sentFor = async (name: string) => (await dispatches.listDispatch(name)).length;

describe('a caller to whom no agent comes', () => {
  it('gets one sent for again, then hears an apology, is told why, and the room ends', async () => {
    const { room, name } = await call();
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
    const { room, name } = await call();
    const agent = await joinAsAgent(name);
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
