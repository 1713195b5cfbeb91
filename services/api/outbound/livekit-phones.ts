import {
  AGENT_WORKER_NAME,
  CALL_ID_ATTRIBUTE,
  DIRECTION_ATTRIBUTE,
  dispatchMetadata,
  DOOR_ATTRIBUTE,
} from '@patchbay/common/room-contract';
import { RoomAgentDispatch, RoomServiceClient, SipCallError, SipClient } from 'livekit-server-sdk';
import { orNothing, presentIn } from '../livekit/answers.ts';
import type { LiveKitDeskOptions } from '../livekit/desk.ts';
import { LineError, type Order } from './line.ts';

const TIMEOUT_SECONDS = 5;
/** A room that nobody joined goes after this long. */
const EMPTY_TIMEOUT_SECONDS = 30;
const DEPARTURE_TIMEOUT_SECONDS = 5;
/** LiveKit answers when the phone is picked up; a little later than the longest ringing. */
const ANSWER_MARGIN_SECONDS = 10;

/** How a dial ended. */
export type DialEnd = { kind: 'answered' } | { kind: 'refused'; status: number; reason: string };

export interface RoomView {
  agent: boolean;
  /** `sip.callStatus` of the phone; undefined while there is none. */
  phone: string | undefined;
}

/** LiveKit's services, as a line through LiveKit SIP needs them. */
export class LiveKitPhones {
  readonly #rooms: RoomServiceClient;
  readonly #sip: SipClient;
  readonly #trunk: string;

  constructor({ url, apiKey, apiSecret }: LiveKitDeskOptions, trunk: string) {
    const client = { requestTimeout: TIMEOUT_SECONDS };
    this.#rooms = new RoomServiceClient(url, apiKey, apiSecret, client);
    this.#sip = new SipClient(url, apiKey, apiSecret, client);
    this.#trunk = trunk;
  }

  /** LiveKit's id of the trunk. @throws {LineError} if there is none of that name */
  async trunkId(): Promise<string> {
    const all = await this.#sip.listSipOutboundTrunk();
    const found = all.find(({ name }) => name === this.#trunk);
    if (found) return found.sipTrunkId;
    throw new LineError('away', `LiveKit has no outbound trunk named ${this.#trunk}`);
  }

  /** Make the room and send for the agent. */
  async open(room: string, agent: string): Promise<void> {
    await this.#rooms.createRoom({
      name: room,
      emptyTimeout: EMPTY_TIMEOUT_SECONDS,
      departureTimeout: DEPARTURE_TIMEOUT_SECONDS,
      agents: [
        new RoomAgentDispatch({ agentName: AGENT_WORKER_NAME, metadata: dispatchMetadata(agent) }),
      ],
    });
  }

  /** Ring the phone into the room. Resolves when it is answered or will not be. */
  async dial(trunkId: string, room: string, order: Order): Promise<DialEnd> {
    const { callId, to, from, ringLimitMs } = order;
    const ringSeconds = Math.ceil(ringLimitMs / 1_000);
    try {
      await this.#sip.createSipParticipant(trunkId, to, room, {
        // As LiveKit SIP and the bridge name those who call.
        participantIdentity: `sip_${to}`,
        participantName: `Phone ${to}`,
        participantAttributes: {
          [DOOR_ATTRIBUTE]: 'trunk',
          [CALL_ID_ATTRIBUTE]: callId,
          [DIRECTION_ATTRIBUTE]: 'outbound',
        },
        ...(from === undefined ? {} : { fromNumber: from }),
        ringingTimeout: ringSeconds,
        waitUntilAnswered: true,
        timeout: ringSeconds + ANSWER_MARGIN_SECONDS,
      });
      return { kind: 'answered' };
    } catch (error) {
      if (!(error instanceof SipCallError)) throw error;
      const { sipStatusCode: status = 500, sipStatus: reason = '' } = error;
      return { kind: 'refused', status, reason };
    }
  }

  /** Who is in the room; undefined if there is no such room. */
  async look(room: string): Promise<RoomView | undefined> {
    const [there] = await this.#rooms.listRooms([room]);
    if (!there) return undefined;
    const present = await presentIn(this.#rooms, room);
    const phone = present.find(({ kind }) => kind === 'SIP');
    return {
      agent: present.some(({ kind }) => kind === 'AGENT'),
      phone: phone && (phone.attributes['sip.callStatus'] ?? 'dialing'),
    };
  }

  /** Names of all rooms. */
  async rooms(): Promise<string[]> {
    return (await this.#rooms.listRooms()).map(({ name }) => name);
  }

  /** Ends the call with the room. */
  async delete(room: string): Promise<void> {
    await orNothing(this.#rooms.deleteRoom(room));
  }
}
