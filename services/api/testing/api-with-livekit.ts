import { createServer } from 'node:http';
import { Room } from '@livekit/rtc-node';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { startLiveKit, type LiveKit } from '@patchbay/sandbox/stack/livekit-server';
import { AccessToken } from 'livekit-server-sdk';
import { expect } from 'vitest';
import type { RoomEvent } from '../livekit/events.ts';
import { bearer, createTestApp, LIVEKIT_KEY, type Answer } from '../test-app.ts';

/** Somebody with a token of the API, in its room. */
export interface TestCall {
  answer: Required<Answer>;
  room: Room;
}

/** The API for tests beside the real LiveKit, which tells it of its rooms. */
export interface ApiWithLiveKit {
  readonly base: string;
  readonly livekit: LiveKit;
  fetchToken(): Promise<Required<Answer>>;
  call(): Promise<TestCall>;
  joinAs(room: string, kind: 'agent' | 'standard', identity?: string): Promise<Room>;
  close(): Promise<void>;
}

/** @param listener makes, of the LiveKit there is, what hears its events */
export async function startApiWithLiveKit(
  listener: (livekit: LiveKit) => (event: RoomEvent) => void,
): Promise<ApiWithLiveKit> {
  // LiveKit is told the API's address for its events, so the API listens first.
  const server = createServer();
  const base = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  const livekit = await startLiveKit({
    ...LIVEKIT_KEY,
    webhookUrls: [`${base}/livekit/webhook`],
  });
  const { app } = createTestApp({
    publicLiveKitUrl: livekit.url,
    staleMs: 600_000,
    onRoomEvent: listener(livekit),
  });
  server.on('request', app);
  const fetchToken = async () => {
    const response = await fetch(`${base}/api/getToken?agent=bank`, { headers: bearer });
    expect(response.status).toBe(200);
    return (await response.json()) as Required<Answer>;
  };
  return {
    base,
    livekit,
    fetchToken,
    call: async () => {
      const answer = await fetchToken();
      const room = new Room();
      await room.connect(answer.server_url, answer.participant_token);
      return { answer, room };
    },
    joinAs: async (room, kind, identity = `test-${kind}`) => {
      const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity });
      token.addGrant({ roomJoin: true, room, agent: kind === 'agent' });
      if (kind === 'agent') token.kind = 'agent';
      const joined = new Room();
      await joined.connect(livekit.url, await token.toJwt());
      return joined;
    },
    close: async () => {
      await livekit.close();
      await closeServer(server);
    },
  };
}
