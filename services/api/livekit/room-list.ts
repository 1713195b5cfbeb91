import { RoomAgentDispatch, RoomServiceClient } from 'livekit-server-sdk';
import type { RoomList } from '../room-sweeper.ts';
import { orNothing, presentIn } from './answers.ts';
import type { LiveKitDeskOptions } from './desk.ts';

const TIMEOUT_SECONDS = 3;
/** No worker registers under it. */
const NOBODY = 'patchbay-nobody';

/** LiveKit's list of rooms, for the sweeper. */
export class LiveKitRoomList implements RoomList {
  readonly #rooms: RoomServiceClient;

  constructor({ url, apiKey, apiSecret }: LiveKitDeskOptions) {
    this.#rooms = new RoomServiceClient(url, apiKey, apiSecret, {
      requestTimeout: TIMEOUT_SECONDS,
    });
  }

  async listed(names: string[]): Promise<string[]> {
    return (await this.#rooms.listRooms(names)).map(({ name }) => name);
  }

  async isEmpty(room: string): Promise<boolean> {
    const present = await orNothing(presentIn(this.#rooms, room));
    return present === undefined || present.length === 0;
  }

  async remove(room: string): Promise<void> {
    // DeleteRoom makes a room that is listed only, which sends for the agents of its row. Made
    // before it with another agent to send for, it sends for nobody.
    const agents = [new RoomAgentDispatch({ agentName: NOBODY })];
    await this.#rooms.createRoom({ name: room, agents });
    await orNothing(this.#rooms.deleteRoom(room));
  }
}
