import { AGENT_WORKER_NAME } from '@patchbay/common/room-contract';
import { AgentDispatchClient, RoomServiceClient } from 'livekit-server-sdk';
import type { RoomDesk, RoomPresence } from '../attendant.ts';
import { orNothing, presentIn } from './answers.ts';
import { apologiseIn } from './apology.ts';

export interface LiveKitDeskOptions {
  url: string;
  apiKey: string;
  apiSecret: string;
}

const TIMEOUT_SECONDS = 3;

/** The attendant's hands: LiveKit's room and dispatch services. */
export class LiveKitDesk implements RoomDesk {
  readonly #options: LiveKitDeskOptions;
  readonly #rooms: RoomServiceClient;
  readonly #dispatches: AgentDispatchClient;

  constructor(options: LiveKitDeskOptions) {
    const { url, apiKey, apiSecret } = options;
    const client = { requestTimeout: TIMEOUT_SECONDS };
    this.#options = options;
    this.#rooms = new RoomServiceClient(url, apiKey, apiSecret, client);
    this.#dispatches = new AgentDispatchClient(url, apiKey, apiSecret, client);
  }

  async presence(room: string): Promise<RoomPresence | undefined> {
    const present = await orNothing(presentIn(this.#rooms, room));
    if (!present) return undefined;
    return {
      agent: present.some(({ kind }) => kind === 'AGENT'),
      // Recorders and the like don't need anybody to talk to.
      caller: present.some(({ kind }) => kind === 'STANDARD' || kind === 'SIP'),
    };
  }

  async wanted(room: string): Promise<string | undefined> {
    const dispatches = await orNothing(this.#dispatches.listDispatch(room));
    return dispatches?.find(({ agentName }) => agentName === AGENT_WORKER_NAME)?.metadata;
  }

  async sendAgent(room: string, metadata: string): Promise<void> {
    await this.#dispatches.createDispatch(room, AGENT_WORKER_NAME, { metadata });
  }

  apologise(room: string, signal: AbortSignal): Promise<void> {
    return apologiseIn(room, this.#options, signal);
  }

  async close(room: string): Promise<void> {
    await orNothing(this.#rooms.deleteRoom(room));
  }
}
