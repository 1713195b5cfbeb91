import type { voice } from '@livekit/agents';
import { CallerAudio } from './caller-audio.ts';
import type { CallContext } from './call-context.ts';

/** Put a session into the room: it hears the caller's microphone only, and speaks to everybody. */
export async function startSession(
  { room, participant, end, trace }: CallContext,
  session: voice.AgentSession,
  agent: voice.Agent,
): Promise<void> {
  trace.step('start the session');
  const hearing = new CallerAudio(room, participant);
  end.hold('caller audio', () => hearing.close());
  session.input.audio = hearing;
  await session.start({
    agent,
    room,
    inputOptions: {
      participantIdentity: participant.identity,
      // The call's end decides when the session closes.
      closeOnDisconnect: false,
      // Ours, set above.
      audioEnabled: false,
    },
    record: false,
  });
}
