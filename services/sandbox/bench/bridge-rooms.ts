import { AccessToken } from 'livekit-server-sdk';
import type { JoinOptions, RoomEvents } from '../../bridge/room/link.ts';

/** How the load processes of the bridge's benchmark get into LiveKit's rooms. */

export interface RoomKeys {
  url: string;
  apiKey: string;
  apiSecret: string;
}

/** What it takes to join a room as somebody who may speak and hear there. */
export async function placeIn(
  { url, apiKey, apiSecret }: RoomKeys,
  room: string,
  identity: string,
  kind: 'agent' | 'sip' = 'agent',
): Promise<JoinOptions> {
  const token = new AccessToken(apiKey, apiSecret, { identity });
  token.kind = kind;
  token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: true });
  return { url, token: await token.toJwt(), trackName: identity };
}

/** Events of a room of which only some are heeded. */
export function heeding(some: Partial<RoomEvents>): RoomEvents {
  const ignore = () => undefined;
  return {
    heard: ignore,
    alone: ignore,
    audio: ignore,
    silent: ignore,
    data: ignore,
    dtmf: ignore,
    gone: ignore,
    rpc: () => Promise.resolve(''),
    ...some,
  };
}
