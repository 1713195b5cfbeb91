import { dispose, Room } from '@livekit/rtc-node';
import {
  AGENT_WORKER_NAME,
  dispatchMetadata,
  newCallId,
  roomName,
} from '@patchbay/common/room-contract';
import { AccessToken, RoomAgentDispatch, RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgentStack, type AgentStack } from './testing/agent-stack.ts';
import { until } from './testing/test-caller.ts';

let stack: AgentStack;
let rooms: RoomServiceClient;
beforeAll(async () => {
  stack = await startAgentStack();
  const { httpUrl, apiKey, apiSecret } = stack.livekit;
  rooms = new RoomServiceClient(httpUrl, apiKey, apiSecret);
});
afterAll(async () => {
  await stack.close();
  await dispose();
});

/** What the agent's log says of a call, by message. */
const line = (callId: string, msg: string) =>
  until(`"${msg}"`, () =>
    Promise.resolve(stack.worker.lines.find((it) => it.msg === msg && it.callId === callId)),
  );

/** As a call out begins: a room with an agent on its way, and nobody in it. */
async function sendAhead(): Promise<{ room: string; callId: string }> {
  const callId = newCallId();
  const room = roomName('trunk', 'bank', callId);
  const dispatch = new RoomAgentDispatch({
    agentName: AGENT_WORKER_NAME,
    metadata: dispatchMetadata('bank'),
  });
  await rooms.createRoom({ name: room, emptyTimeout: 30, agents: [dispatch] });
  return { room, callId };
}

describe('an agent that was sent ahead of the caller', () => {
  it('waits for them', async () => {
    const { room, callId } = await sendAhead();
    await until('the agent to be there', async () =>
      (await rooms.listParticipants(room)).length > 0 ? true : undefined,
    );
    const { url, apiKey, apiSecret } = stack.livekit;
    const token = new AccessToken(apiKey, apiSecret, { identity: 'visitor' });
    token.addGrant({ roomJoin: true, room });
    const caller = new Room();
    await caller.connect(url, await token.toJwt());
    await line(callId, 'call started');
    await caller.disconnect();
    expect(await line(callId, 'call ended')).toMatchObject({ result: 'caller-hangup' });
  });

  it('and finds the call over goes at once, with the room that it made anew', async () => {
    const { room, callId } = await sendAhead();
    await rooms.deleteRoom(room);
    expect(await line(callId, 'nobody came')).toMatchObject({ isOver: true });
    expect(await line(callId, 'call ended')).toMatchObject({ result: 'no-caller' });
    await until('the room to be gone', async () =>
      (await rooms.listRooms([room])).length === 0 ? true : undefined,
    );
  });
});
