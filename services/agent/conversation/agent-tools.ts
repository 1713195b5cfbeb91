import type { AgentDefinition } from '../agent-definition.ts';
import type { TransferOutcome } from '../phone/transfer.ts';
import type { CallTool, CallToolsContext } from '../tools/call-tools.ts';
import { timedTools } from '../tools/timed-tools.ts';
import { transferTool } from '../tools/transfer-call.ts';
import { tracedTools, type OnTool } from '../trace/traced-tools.ts';

/** A phone may ring that long, and REFER takes its time. */
const TRANSFER_LIMIT_MS = 60_000;

export interface AgentToolsOptions {
  /** The same for every agent of the call. */
  context: Omit<CallToolsContext, 'language' | 'connectsTo'>;
  /** Give the caller to a human at this number. */
  transfer: (to: string) => Promise<TransferOutcome>;
  /** A tool is called. */
  onTool?: OnTool | undefined;
  /** A tool is at work for longer than callers wait in silence. */
  onSlow: () => void;
  /** So many tools are at work now. */
  onBusy: (running: number) => void;
}

/** The tools of an agent in a call: its own, and `transfer_call` if there are humans to transfer to. */
export function toolsOf(definition: AgentDefinition, options: AgentToolsOptions): CallTool[] {
  const { context, transfer, onTool, onSlow, onBusy } = options;
  const { language, connectsTo, transferTo } = definition;
  const own = definition.tools({ ...context, language, connectsTo });
  const { ask } = context;
  const all = transferTo
    ? [...own, transferTool({ departments: transferTo, language, ask, transfer })]
    : own;
  return timedTools(onTool ? tracedTools(all, onTool) : all, {
    limitsMs: { transfer_call: TRANSFER_LIMIT_MS },
    onSlow,
    onBusy,
  });
}
