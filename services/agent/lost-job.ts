import type { Logger } from '@patchbay/common/logger';
import { callFields } from '@patchbay/common/tracing/trace-id';
import type { RoomServiceClient } from 'livekit-server-sdk';

/** A job whose process died, by what it left in LiveKit. */
export interface LostJob {
  room: string;
  /** The agent's identity in that room. */
  identity: string;
}

/**
 * Take a dead job's participant out of its room. LiveKit would hold it for half a minute; once it is
 * gone, the API, which is told of it, sends for another agent. Never rejects.
 */
export async function clearAway(
  rooms: Pick<RoomServiceClient, 'removeParticipant'>,
  { room, identity }: LostJob,
  log: Logger,
): Promise<void> {
  const place = { ...callFields({ room }), identity };
  try {
    await rooms.removeParticipant(room, identity);
    log.error(place, 'a job died in its call, its place is free for another');
  } catch (error) {
    if ((error as { status?: unknown }).status === 404) return;
    log.error({ err: error, ...place }, 'a job died in its call and can not be cleared away');
  }
}
