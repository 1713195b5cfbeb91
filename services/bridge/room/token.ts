import { AccessToken, RoomAgentDispatch, RoomConfiguration } from 'livekit-server-sdk';
import { AGENT_WORKER_NAME, dispatchMetadata } from '@patchbay/common/room-contract';

export interface SipTokenOptions {
  apiKey: string;
  apiSecret: string;
  room: string;
  agent: string;
  identity: string;
  name: string;
  attributes: Readonly<Record<string, string>>;
}

/** As LiveKit SIP's own: a call may last a day, and reconnecting needs a valid token. */
const TTL = '24h';
/** A room that nobody has joined, or that everybody has left, is swept soon if we could not delete it. */
const EMPTY_TIMEOUT_SECONDS = 30;
const DEPARTURE_TIMEOUT_SECONDS = 5;

/**
 * A token for a caller, in the shape LiveKit SIP gives its participants (kind SIP, `sip.*`
 * attributes, may set its own attributes); the room it makes has the agent dispatched to it.
 */
export async function sipToken(options: SipTokenOptions): Promise<string> {
  const token = new AccessToken(options.apiKey, options.apiSecret, {
    identity: options.identity,
    name: options.name,
    attributes: { ...options.attributes },
    ttl: TTL,
  });
  token.kind = 'sip';
  token.addGrant({
    roomJoin: true,
    room: options.room,
    canPublish: true,
    canSubscribe: true,
    canPublishData: true,
    canUpdateOwnMetadata: true,
  });
  token.roomConfig = new RoomConfiguration({
    name: options.room,
    emptyTimeout: EMPTY_TIMEOUT_SECONDS,
    departureTimeout: DEPARTURE_TIMEOUT_SECONDS,
    agents: [
      new RoomAgentDispatch({
        agentName: AGENT_WORKER_NAME,
        metadata: dispatchMetadata(options.agent),
      }),
    ],
  });
  return token.toJwt();
}
