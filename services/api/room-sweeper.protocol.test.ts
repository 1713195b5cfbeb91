import { setTimeout as delay } from 'node:timers/promises';
import { ServerMessage, WorkerMessage } from '@livekit/protocol';
import { silentLogger } from '@patchbay/common/logger';
import {
  AGENT_WORKER_NAME,
  dispatchMetadata,
  newCallId,
  roomName,
} from '@patchbay/common/room-contract';
import { AccessToken, RoomConfiguration, RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LiveKitRoomList } from './livekit/room-list.ts';
import { RoomSweeper } from './room-sweeper.ts';
import { startApiWithLiveKit, type ApiWithLiveKit } from './testing/api-with-livekit.ts';

/** Of so many rooms that are deleted while somebody joins, LiveKit keeps listing about seven. */
const ROOMS = 40;
const MOST_ROUNDS = 10;
/** The sweeper looks after ten seconds. */
const FIRST_LOOK_MS = 12_000;
const LIMIT_MS = 60_000;

let api: ApiWithLiveKit;
let rooms: RoomServiceClient;
let sweeper: RoomSweeper;
let worker: WebSocket;
const sockets: WebSocket[] = [];
/** Rooms that an agent was asked into. */
const sentFor: string[] = [];
const removed: { name: string; sentForBefore: number }[] = [];

class WatchedRoomList extends LiveKitRoomList {
  override remove(name: string): Promise<void> {
    removed.push({ name, sentForBefore: timesSentFor(name) });
    return super.remove(name);
  }
}

const timesSentFor = (name: string) => sentFor.filter((room) => room === name).length;

beforeAll(async () => {
  api = await startApiWithLiveKit((livekit) => {
    const list = new WatchedRoomList(livekit);
    sweeper = new RoomSweeper({ list, log: silentLogger(), swept: () => undefined });
    return (event) => sweeper.handle(event);
  });
  const { httpUrl, apiKey, apiSecret } = api.livekit;
  rooms = new RoomServiceClient(httpUrl, apiKey, apiSecret);
  worker = await registerWorker();
});
afterAll(async () => {
  await sweeper.close();
  for (const socket of [...sockets, worker]) socket.close();
  await api.close();
});

/** A worker that is asked for every agent, and never says a word. */
async function registerWorker(): Promise<WebSocket> {
  const token = new AccessToken(api.livekit.apiKey, api.livekit.apiSecret, { identity: 'worker' });
  token.addGrant({ agent: true });
  const socket = new WebSocket(
    `${api.livekit.url}/agent?access_token=${await token.toJwt()}&protocol=1`,
  );
  socket.binaryType = 'arraybuffer';
  const registered = Promise.withResolvers<void>();
  socket.addEventListener('error', () => registered.reject(new Error('no worker could register')));
  socket.addEventListener('message', ({ data }) => {
    const { message } = ServerMessage.fromBinary(new Uint8Array(data as ArrayBuffer));
    if (message.case === 'register') registered.resolve();
    if (message.case !== 'availability') return;
    sentFor.push(message.value.job?.room?.name ?? '');
    const jobId = message.value.job?.id ?? '';
    const refusal = { case: 'availability', value: { jobId, available: false } } as const;
    socket.send(new WorkerMessage({ message: refusal }).toBinary());
  });
  socket.addEventListener('open', () => {
    const register = {
      case: 'register',
      value: { agentName: AGENT_WORKER_NAME, version: '0.0.0', type: 0 },
    } as const;
    socket.send(new WorkerMessage({ message: register }).toBinary());
  });
  await registered.promise;
  return socket;
}

const DISPATCH = new RoomConfiguration({
  departureTimeout: 5,
  agents: [{ agentName: AGENT_WORKER_NAME, metadata: dispatchMetadata('bank') }],
});

function tokenFor(room: string, identity: string, config?: RoomConfiguration): Promise<string> {
  const token = new AccessToken(api.livekit.apiKey, api.livekit.apiSecret, { identity });
  token.addGrant({ roomJoin: true, room });
  if (config) token.roomConfig = config;
  return token.toJwt();
}

/** Join as far as LiveKit's first word, without media. */
async function signal(token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${api.livekit.url}/rtc?access_token=${token}&protocol=15`);
  sockets.push(socket);
  await new Promise((resolve) => {
    for (const event of ['message', 'close', 'error']) socket.addEventListener(event, resolve);
  });
  return socket;
}

/** Rooms deleted while a second one joins, who goes again at once. */
async function deleteWhileJoining(): Promise<void> {
  const one = async (_: unknown, index: number) => {
    const room = roomName('web', 'bank', newCallId());
    await signal(await tokenFor(room, 'first', DISPATCH));
    const joining = signal(await tokenFor(room, 'second'));
    // Spread over the time a join takes.
    await delay(index);
    await rooms.deleteRoom(room).catch(() => undefined);
    (await joining).close();
  };
  await Promise.all(Array.from({ length: ROOMS }, one));
}

it(
  'a room that LiveKit lists though it is over is taken off, and no agent is sent into it',
  async () => {
    for (let round = 0; removed.length === 0 && round < MOST_ROUNDS; round += 1) {
      await deleteWhileJoining();
      await vi.waitFor(() => expect(removed).not.toEqual([]), FIRST_LOOK_MS).catch(() => undefined);
    }
    expect(removed).not.toEqual([]);
    await vi.waitFor(
      async () => {
        expect(await rooms.listRooms()).toEqual([]);
        expect(sweeper.waiting).toBe(0);
      },
      { timeout: LIMIT_MS, interval: 500 },
    );
    for (const { name, sentForBefore } of removed) expect(timesSentFor(name)).toBe(sentForBefore);
  },
  LIMIT_MS * 2,
);
