import type { llm, voice } from '@livekit/agents';
import type { Logger } from '@patchbay/common/logger';
import type { SecretEntry } from '../phone/secret-entry.ts';
import type { Confirmations } from './confirmations.ts';

/** A tool as the framework takes it. */
export type CallTool = llm.ToolContextEntry;

/** What the tools of one call get. */
export interface CallToolsContext {
  callId: string;
  /** The caller's number (E.164), if the door knows it or a default customer is configured. */
  customerPhone: string | undefined;
  bankApiUrl: string;
  /** BCP 47, of the agent. */
  language: string;
  log: Logger;
  /** Ends the call once the reply that called the tool has been spoken to its end. */
  endCall: EndCall;
  /** What the caller has agreed to. */
  confirmations: Confirmations;
  /** Digits that only a tool may see. */
  secret: SecretEntry;
  /** Says words of the tool's own to the caller. */
  ask: Ask;
  /** Whom the agent may connect the caller with, and what each is for. */
  connectsTo: Readonly<Record<string, string>>;
  /** Has another agent of the same call take over; the framework wants it as the tool's result. */
  handOver: (agent: string, reply: Reply) => voice.Agent;
}

/** @param reply the reply during which the question is put */
export type Ask = (words: string, reply: Reply) => Pick<Reply, 'interrupted' | 'addDoneCallback'>;

/** @param reply the reply during which the end was asked for */
export type EndCall = (reply: Reply) => void;

/** The part of the framework's speech handle that ending a call needs. */
export interface Reply {
  readonly id: string;
  allowInterruptions: boolean;
  readonly interrupted: boolean;
  readonly chatItems: readonly llm.ChatItem[];
  addDoneCallback(callback: () => void): void;
}
