import type { voice } from '@livekit/agents';
import { sayToTheEnd, untilSpoken } from '../speaking.ts';
import type { Reply } from '../tools/call-tools.ts';
import type { CallContext } from './call-context.ts';

/**
 * End the call once this reply has been spoken; it can't be interrupted any more.
 *
 * @param goodbye what is said if the model itself said nothing
 */
export function endAfter(
  { end }: Pick<CallContext, 'end'>,
  session: voice.AgentSession,
  reply: Reply,
  goodbye: () => string,
): void {
  if (!reply.interrupted) reply.allowInterruptions = false;
  void end.hangUp('agent-hangup', async () => {
    await untilSpoken(reply);
    const spoke = reply.chatItems.some(
      (item) => item.type === 'message' && item.role === 'assistant' && item.textContent?.trim(),
    );
    if (!spoke && !end.gone.aborted) await sayToTheEnd(session, goodbye());
  });
}

/** The caller does not speak any more: say these last words and end the call. */
export function endSilent(
  { end, deps }: Pick<CallContext, 'end' | 'deps'>,
  session: voice.AgentSession,
  goodbye: string,
): void {
  deps.log.info('the caller is silent');
  void end.hangUp('agent-hangup', () => sayToTheEnd(session, goodbye));
}
