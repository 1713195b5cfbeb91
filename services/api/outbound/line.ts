import type { CallResult } from '@patchbay/common/call-record';

/** A call that is to be placed, checked. */
export interface Order {
  /** Ours, not to be guessed; the same order has the same id at every replica. */
  callId: string;
  agent: string;
  /** E.164. */
  to: string;
  /** Number to show; the trunk's first by default. */
  from?: string;
  /** How long the phone may ring. */
  ringLimitMs: number;
}

export const CALL_STATES = ['preparing', 'dialing', 'ringing', 'active', 'ended'] as const;
export type CallStateName = (typeof CALL_STATES)[number];

/** What is known of a call out. */
export interface CallStatus {
  callId: string;
  room: string;
  /** `preparing` until the agent is there; the phone rings only then. */
  state: CallStateName;
  /** Once it has ended, if that is known here. */
  result?: CallResult;
  /** One sentence for a person. */
  detail?: string;
  /** Final status of the INVITE, if there was one. */
  sipStatus?: number;
}

/** The order was not taken. */
export class LineError extends Error {
  /** `order`: it is wrong. `busy`: no call can be placed now. `away`: nobody answers there. */
  readonly kind: 'order' | 'busy' | 'away';

  constructor(kind: LineError['kind'], message: string) {
    super(message);
    this.name = 'LineError';
    this.kind = kind;
  }
}

/** One way out, as the desk uses it. */
export interface Line {
  /** Returns once the order is taken; what follows is told by {@link find}. @throws {LineError} */
  place(order: Order): Promise<CallStatus>;
  /** @returns undefined if the call is not known there */
  find(callId: string): Promise<CallStatus | undefined>;
  /** Call it off, or hang up. @returns false if it is not known there or over already */
  cancel(callId: string): Promise<boolean>;
  close(): Promise<void>;
}
