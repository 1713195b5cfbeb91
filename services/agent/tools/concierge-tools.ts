import type { CallTool, CallToolsContext } from './call-tools.ts';
import { connectTool } from './connect-tool.ts';
import { endCallTool } from './end-call.ts';

/** The tools of the concierge, bound to one call. */
export function conciergeTools(context: CallToolsContext): CallTool[] {
  return [connectTool(context), endCallTool(context)];
}
