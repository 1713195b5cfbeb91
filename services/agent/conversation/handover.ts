import type { llm } from '@livekit/agents';

/**
 * What the next agent of a call is told of it: what was said and done. A tool that is still at work,
 * such as the one that hands over, is not its own, and a call without a result is what providers of
 * language models refuse.
 */
export function chatForNext(chatCtx: Pick<llm.ChatContext, 'copy'>): llm.ChatContext {
  const copy = chatCtx.copy({ excludeInstructions: true });
  const done = new Set(
    copy.items.flatMap((item) => (item.type === 'function_call_output' ? [item.callId] : [])),
  );
  copy.items = copy.items.filter((item) => item.type !== 'function_call' || done.has(item.callId));
  return copy;
}
