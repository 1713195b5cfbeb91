import { llm } from '@livekit/agents';
import type { CallTool, CallToolsContext } from './call-tools.ts';

/** `end_call`: the agent says goodbye and hangs up. */
export function endCallTool(context: Pick<CallToolsContext, 'endCall'>): CallTool {
  return llm.tool({
    name: 'end_call',
    description:
      'End the call. Use it only when the caller clearly wants to end, for example by saying ' +
      'goodbye. Say nothing before you call it; you are asked for a goodbye afterwards.',
    execute: (_args, { ctx }) => {
      context.endCall(ctx.speechHandle);
      return Promise.resolve({
        status: 'ending',
        instruction: 'Say goodbye in one short sentence.',
      });
    },
  });
}
