import { voice } from '@livekit/agents';
import { createMuteSession } from '../session.ts';
import { apologise } from './apology.ts';
import type { CallContext } from './call-context.ts';
import { untilAnswered } from './caller.ts';
import { startSession } from './start-session.ts';

/** A session in the room that can only play recordings: where no conversation is possible. */
export async function startMuteSession(call: CallContext): Promise<voice.AgentSession> {
  const session = createMuteSession();
  await startSession(call, session, new voice.Agent({ instructions: '' }));
  return session;
}

/**
 * Apologise for something that nobody has foreseen, as soon as the caller can hear it: by the
 * session there is, or, if it is not there or can't, by one that only plays recordings.
 *
 * @param language BCP 47
 * @throws if that is not possible either
 */
export async function apologiseAnyhow(
  call: CallContext,
  language: string,
  mute: (call: CallContext) => Promise<voice.AgentSession> = startMuteSession,
): Promise<void> {
  const { deps, room, participant, caller, end, session: usual } = call;
  // Nobody is called only to be apologised to: the phone rings when the agent is to be heard.
  if (caller.wasCalled && !usual) return;
  const apology = deps.apologyIn(language);
  const session = usual ?? (await mute(call));
  await untilAnswered(room, participant, end.gone);
  if (end.gone.aborted) return;
  try {
    await apologise(session, apology);
  } catch (error) {
    if (!usual) throw error;
    deps.log.warn({ err: error }, 'the session of the call can not apologise');
    await apologise(await mute(call), apology);
  }
}
