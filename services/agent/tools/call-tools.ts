import type { llm } from '@livekit/agents';
import type { Logger } from '@patchbay/common/logger';

/** A tool as the framework takes it. */
export type CallTool = llm.ToolContextEntry;

/** What the tools of one call get. */
export interface CallToolsContext {
  callId: string;
  /** The caller's number (E.164), if the door knows it or a default customer is configured. */
  customerPhone: string | undefined;
  bankApiUrl: string;
  log: Logger;
  /** Ends the call once the reply that called the tool has been spoken to its end. */
  endCall: EndCall;
}

/** @param reply the reply during which the end was asked for */
export type EndCall = (reply: Reply) => void;

/** The part of the framework's speech handle that ending a call needs. */
export interface Reply {
  allowInterruptions: boolean;
  readonly interrupted: boolean;
  readonly chatItems: readonly llm.ChatItem[];
  addDoneCallback(callback: () => void): void;
}
