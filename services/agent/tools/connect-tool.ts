import { llm } from '@livekit/agents';
import { z } from 'zod';
import type { CallTool, CallToolsContext } from './call-tools.ts';

/** `connect_to`: another agent takes the call over, with all that was said in it. */
export function connectTool(context: Pick<CallToolsContext, 'handOver' | 'connectsTo'>): CallTool {
  const { connectsTo } = context;
  const names = Object.keys(connectsTo);
  const offers = Object.entries(connectsTo).map(([name, purpose]) => `${name} (${purpose})`);
  return llm.tool({
    name: 'connect_to',
    description:
      `Connect the caller with an agent who can do what they want: ${offers.join('; ')}. ` +
      'Say nothing before you call it; that agent answers the caller.',
    parameters: z.object({ agent: z.enum(names).describe('Whom to connect the caller with') }),
    execute: ({ agent }, { ctx }) =>
      Promise.resolve(llm.handoff({ agent: context.handOver(agent, ctx.speechHandle) })),
  });
}
