import { once } from 'node:events';
import {
  AudioFrame,
  AudioSource,
  dispose,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import type { CallRecord } from '@patchbay/common/call-record';
import { TokenSource } from 'livekit-client';
import { AgentDispatchClient, RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer } from './test-app.ts';
import { startApiWithLiveKit, type ApiWithLiveKit } from './testing/api-with-livekit.ts';
import { WebCallRecords } from './web-call-records.ts';

let api: ApiWithLiveKit;
let rooms: RoomServiceClient;
const onRecord = new Map<string, (record: CallRecord) => void>();
const records = new WebCallRecords({
  write: (record) => onRecord.get(record.room ?? '')?.(record),
});

beforeAll(async () => {
  api = await startApiWithLiveKit(() => (event) => records.handle(event));
  const { httpUrl, apiKey, apiSecret } = api.livekit;
  rooms = new RoomServiceClient(httpUrl, apiKey, apiSecret);
});
afterAll(async () => {
  await dispose();
  await api.close();
});

async function publishTone(room: Room): Promise<AudioSource> {
  const source = new AudioSource(48_000, 1);
  const track = LocalAudioTrack.createAudioTrack('voice', source);
  await room.localParticipant!.publishTrack(
    track,
    new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }),
  );
  await source.captureFrame(new AudioFrame(new Int16Array(480), 48_000, 1, 480));
  return source;
}

function recordOf(room: string): Promise<CallRecord> {
  return new Promise((resolve) => onRecord.set(room, resolve));
}

describe('a token, at the real LiveKit', () => {
  it('makes the room with the agent’s dispatch and the caller’s attributes', async () => {
    const { answer, room } = await api.call();
    const [made] = await rooms.listRooms([answer.room_name]);
    expect(made).toMatchObject({ maxParticipants: 2, emptyTimeout: 20, departureTimeout: 5 });
    const dispatches = await new AgentDispatchClient(
      api.livekit.httpUrl,
      api.livekit.apiKey,
      api.livekit.apiSecret,
    ).listDispatch(answer.room_name);
    expect(dispatches).toContainEqual(
      expect.objectContaining({ agentName: 'patchbay', metadata: '{"agent":"bank"}' }),
    );
    const [caller] = await rooms.listParticipants(answer.room_name);
    expect(caller).toMatchObject({
      identity: answer.participant_identity,
      attributes: { 'patchbay.door': 'web', 'patchbay.callId': answer.room_name.split('-')[2] },
    });
    await room.disconnect();
  });

  it('lets in the agent and one who listens beside the caller, and nobody else', async () => {
    const { answer, room } = await api.call();
    const agent = await api.joinAs(answer.room_name, 'agent');
    expect(agent.remoteParticipants.has(answer.participant_identity)).toBe(true);
    const listener = await api.joinAs(answer.room_name, 'standard');
    await expect(api.joinAs(answer.room_name, 'standard', 'one-too-many')).rejects.toThrow();
    await listener.disconnect();
    await agent.disconnect();
    await room.disconnect();
  });

  it('lets the caller’s microphone be heard, and no data come from them', async () => {
    const { answer, room } = await api.call();
    const agent = await api.joinAs(answer.room_name, 'agent');
    const heard = once(agent as never, RoomEvent.TrackSubscribed);
    const data: unknown[] = [];
    agent.on(RoomEvent.DataReceived, (payload) => data.push(payload));
    const source = await publishTone(room);
    await heard;
    room
      .localParticipant!.publishData(new Uint8Array([1]), { reliable: true, topic: 'x' })
      .catch(() => undefined);
    // The agent's own data still comes through, after whatever the caller could have sent.
    const answered = once(room as never, RoomEvent.DataReceived);
    await agent.localParticipant!.publishData(new Uint8Array([2]), { reliable: true, topic: 'y' });
    await answered;
    expect(data).toEqual([]);
    await source.close();
    await agent.disconnect();
    await room.disconnect();
  });

  it('opens no other door: not LiveKit’s own API, not another room', async () => {
    const answer = await api.fetchToken();
    const other = await api.fetchToken();
    const ask = (method: string, body: object) =>
      fetch(`${api.livekit.httpUrl}/twirp/livekit.RoomService/${method}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${answer.participant_token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      });
    expect((await ask('ListRooms', {})).status).toBe(401);
    expect((await ask('CreateRoom', { name: other.room_name })).status).toBe(401);
    expect((await ask('ListParticipants', { room: answer.room_name })).status).toBe(401);
    const room = new Room();
    const url = `${answer.server_url}?room=${other.room_name}`;
    await room.connect(url, answer.participant_token).catch(() => undefined);
    expect(await rooms.listRooms([other.room_name])).toEqual([]);
    await room.disconnect();
  });

  it('is what livekit-client’s TokenSource.endpoint asks for', async () => {
    const source = TokenSource.endpoint(`${api.base}/api/token`, { headers: bearer });
    const details = await source.fetch({
      agentName: 'patchbay',
      agentMetadata: '{"agent":"support"}',
      roomName: 'wished',
      participantName: 'Wished',
    });
    expect(details.serverUrl).toBe(api.livekit.url);
    const room = new Room();
    await room.connect(details.serverUrl, details.participantToken);
    expect(room.name).toMatch(/^web-support-[0-9a-f]{32}$/);
    await room.disconnect();
    await expect(source.fetch({ agentName: 'pizza' })).rejects.toThrow(
      'Known agents: bank, support',
    );
  });
});

describe('the record of a web call', () => {
  it('is written from LiveKit’s own events when the caller hangs up', async () => {
    const { answer, room } = await api.call();
    const record = recordOf(answer.room_name);
    const agent = await api.joinAs(answer.room_name, 'agent');
    const heard = once(room as never, RoomEvent.TrackSubscribed);
    const source = await publishTone(agent);
    await heard;
    const gone = once(agent as never, RoomEvent.ParticipantDisconnected);
    await room.disconnect();
    await gone;
    await source.close();
    await agent.disconnect();
    const { at, ...rest } = await record;
    expect(rest).toMatchObject({ door: 'web', agent: 'bank', result: 'caller-hangup' });
    expect(at.startMs).toBeLessThanOrEqual(at.agentReadyMs!);
    expect(at.agentReadyMs).toBeLessThanOrEqual(at.endMs);
  });

  it('says when the agent ended the call', async () => {
    const { answer, room } = await api.call();
    const record = recordOf(answer.room_name);
    const agent = await api.joinAs(answer.room_name, 'agent');
    const heard = once(room as never, RoomEvent.TrackSubscribed);
    const source = await publishTone(agent);
    await heard;
    const over = once(room as never, RoomEvent.Disconnected);
    await rooms.deleteRoom(answer.room_name);
    await over;
    expect((await record).result).toBe('agent-hangup');
    await source.close();
    await agent.disconnect();
  });
});
