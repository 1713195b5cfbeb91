import type { voice } from '@livekit/agents';
import type { AgentDefinition } from '../agent-definition.ts';
import type { Said } from '../conversation/conversation-memory.ts';
import { whoPickedUp } from '../phone/answering-machine.ts';
import { phrasesFor } from '../phrases.ts';
import { sayToTheEnd } from '../speaking.ts';
import type { CallContext } from './call-context.ts';
import { untilAnswered } from './caller.ts';

export interface FirstWordsOptions {
  session: voice.AgentSession;
  definition: AgentDefinition;
  /** What was said before, by an agent that was lost. */
  said: readonly Said[];
}

/**
 * Speak first, once the caller can hear, and, if it was us who called, once it is clear that a person
 * picked up. A machine gets its message, or nothing, and the call ends.
 *
 * @returns whether the conversation has begun; if not, the call is over or about to be
 */
export async function speakFirst(call: CallContext, options: FirstWordsOptions): Promise<boolean> {
  const { room, participant, caller, end, trace } = call;
  const { session, definition, said } = options;
  trace.step('wait for the answer');
  await untilAnswered(room, participant, end.begun);
  if (end.begun.aborted) return false;
  if (caller.wasCalled && said.length === 0) {
    const person = await personPickedUp(call, session, definition);
    if (!person) return false;
  }
  trace.step('talk');
  const { greeting, outbound } = definition;
  if (said.length > 0) session.say(phrasesFor(definition).resumption);
  else session.say((caller.wasCalled ? outbound?.greeting : undefined) ?? greeting);
  return true;
}

/** We called: hear who picked up. @returns false if no person did; then the call is being ended */
async function personPickedUp(
  { deps, participant, end, trace }: CallContext,
  session: voice.AgentSession,
  { outbound }: AgentDefinition,
): Promise<boolean> {
  trace.step('hear who picked up');
  const { identity } = participant;
  const pickedUp = await whoPickedUp(session, { identity, over: end.begun, log: deps.log });
  // What is said then are last words, which nothing interrupts.
  if (pickedUp === undefined) return false;
  deps.log.info({ pickedUp }, 'the phone was picked up');
  // What a hello or a machine's words would have been answered with.
  await session.interrupt({ force: true }).await;
  if (end.begun.aborted) return false;
  if (pickedUp === 'person') return true;
  const { voicemail } = outbound ?? {};
  const message =
    pickedUp === 'machine' && voicemail?.do === 'leave-message' ? voicemail.message : undefined;
  void end.hangUp('answering-machine', async () => {
    if (message !== undefined) await sayToTheEnd(session, message);
  });
  return false;
}
