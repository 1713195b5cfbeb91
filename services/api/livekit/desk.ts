import { AGENT_WORKER_NAME } from '@patchbay/common/room-contract';
import { AgentDispatchClient, RoomServiceClient } from 'livekit-server-sdk';
import { z } from 'zod';
import type { RoomDesk, RoomPresence } from '../attendant.ts';
import { apologiseIn } from './apology.ts';

export interface LiveKitDeskOptions {
  url: string;
  apiKey: string;
  apiSecret: string;
}

const TIMEOUT_SECONDS = 3;

/** ParticipantInfo of LiveKit's protocol, in the words of its JSON. */
const participantSchema = z.object({
  kind: z.string().default('STANDARD'),
  state: z.string().default('JOINING'),
});

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
    const participants = await orNothing(this.#rooms.listParticipants(room));
    if (!participants) return undefined;
    const present = participants
      .map((participant) => participantSchema.parse(participant.toJson()))
      .filter(({ state }) => state !== 'DISCONNECTED');
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

/** LiveKit answers 404 about a room that is over. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { status?: unknown }).status === 404) return undefined;
    throw error;
  }
}
