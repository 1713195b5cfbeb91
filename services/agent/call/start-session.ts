import type { voice } from '@livekit/agents';
import { CallerAudio } from './caller-audio.ts';
import { watchHold } from './caller-hold.ts';
import type { CallContext } from './call-context.ts';
import { SpeechGate } from './speech-gate.ts';

/**
 * Put a session into the room: it hears the caller's microphone only, and speaks to everybody. While
 * the caller's phone holds the call it hears nothing, and what it says waits.
 *
 * @param onHold the phone holds the call, or is back; called with what is new only
 */
export async function startSession(
  call: CallContext,
  session: voice.AgentSession,
  agent: voice.Agent,
  onHold: (held: boolean) => void = () => undefined,
): Promise<void> {
  const { deps, room, participant, end, trace } = call;
  trace.step('start the session');
  const hearing = new CallerAudio(room, participant, call.fail);
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
  call.session = session;
  const gate = session.output.audio && new SpeechGate(session.output.audio);
  const hold = watchHold({
    room,
    caller: participant,
    onHold: (held) => {
      deps.log.info(held ? 'the caller holds the call' : 'the caller is back from a hold');
      trace.event(held ? 'held' : 'back from a hold', {});
      gate?.onHold(held);
      hearing.onHold(held);
      onHold(held);
    },
  });
  end.hold('watch over holds', () => hold.close());
}
