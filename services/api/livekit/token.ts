import {
  AGENT_WORKER_NAME,
  CALL_ID_ATTRIBUTE,
  dispatchMetadata,
  DOOR_ATTRIBUTE,
  roomName,
} from '@patchbay/common/room-contract';
import { AccessToken, RoomAgentDispatch, RoomConfiguration, TrackSource } from 'livekit-server-sdk';

export interface TokenIssuerOptions {
  apiKey: string;
  apiSecret: string;
  ttlSeconds: number;
}

/** A caller's way into a room of their own. */
export interface IssuedToken {
  room: string;
  identity: string;
  name: string;
  jwt: string;
}

/** The caller, and one place for whoever must listen in. LiveKit does not count agents. */
const MAX_PARTICIPANTS = 2;
/** A room nobody joined goes after this long. */
const EMPTY_TIMEOUT_SECONDS = 20;
/** Long enough for a browser that reconnects, short enough that nothing lingers. */
const DEPARTURE_TIMEOUT_SECONDS = 5;

/** The caller's identity in their room. */
export function callerIdentity(callId: string): string {
  return `web-${callId.slice(0, 12)}`;
}

/**
 * Make a token for one web call. Least grants: join this one room, send a microphone, hear; no
 * data, no other sources, no changing of own attributes (they tell the agent who calls). The room
 * is made when the caller joins, with the agent's dispatch in the token.
 */
export async function issueToken(
  options: TokenIssuerOptions,
  agent: string,
  callId: string,
): Promise<IssuedToken> {
  const room = roomName('web', agent, callId);
  const identity = callerIdentity(callId);
  const name = 'Web caller';
  const token = new AccessToken(options.apiKey, options.apiSecret, {
    identity,
    name,
    ttl: options.ttlSeconds,
    attributes: { [DOOR_ATTRIBUTE]: 'web', [CALL_ID_ATTRIBUTE]: callId },
  });
  token.addGrant({
    roomJoin: true,
    room,
    canPublish: true,
    canPublishSources: [TrackSource.MICROPHONE],
    canSubscribe: true,
    canPublishData: false,
    canUpdateOwnMetadata: false,
  });
  token.roomConfig = new RoomConfiguration({
    name: room,
    maxParticipants: MAX_PARTICIPANTS,
    emptyTimeout: EMPTY_TIMEOUT_SECONDS,
    departureTimeout: DEPARTURE_TIMEOUT_SECONDS,
    agents: [
      new RoomAgentDispatch({ agentName: AGENT_WORKER_NAME, metadata: dispatchMetadata(agent) }),
    ],
  });
  return { room, identity, name, jwt: await token.toJwt() };
}
