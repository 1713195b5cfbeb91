import type { RoomServiceClient } from 'livekit-server-sdk';
import { z } from 'zod';

/** ParticipantInfo of LiveKit's protocol, in the words of its JSON. */
const participantSchema = z.object({
  kind: z.string().default('STANDARD'),
  state: z.string().default('JOINING'),
  attributes: z.record(z.string(), z.string()).default({}),
});
export type Present = z.output<typeof participantSchema>;

/** Who is in a room now. @throws as LiveKit's client does, with status 404 if there is no such room */
export async function presentIn(rooms: RoomServiceClient, room: string): Promise<Present[]> {
  return (await rooms.listParticipants(room))
    .map((participant) => participantSchema.parse(participant.toJson()))
    .filter(({ state }) => state !== 'DISCONNECTED');
}

/** LiveKit answers 404 about a room that is over. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { status?: unknown }).status === 404) return undefined;
    throw error;
  }
}
