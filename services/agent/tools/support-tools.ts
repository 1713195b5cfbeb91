import { llm } from '@livekit/agents';
import type { CallTool, CallToolsContext } from './call-tools.ts';
import { endCallTool } from './end-call.ts';

/** The tools of the support desk, bound to one call. */
export function supportTools(context: CallToolsContext): CallTool[] {
  return [
    llm.tool({
      name: 'get_service_status',
      description: 'Whether all services run. Say the words of `spoken`.',
      execute: () => Promise.resolve(serviceStatus()),
    }),
    endCallTool(context),
  ];
}

/** There is no status page behind it yet, so it says what is true of a desk that answers. */
export function serviceStatus() {
  return { status: 'operational', spoken: 'all services are running' };
}
