import type { CallResult } from '@patchbay/common/call-record';
import type { EndReport } from '@patchbay/common/room-contract';
import type { CallState } from './call-state.ts';
import { NoFreePortError } from './ports.ts';
import type { LegEnd } from './sip/leg.ts';
import type { RoomGone } from './room/link.ts';

/** How a call ended: one of the named results, and a sentence for a person. */
export interface Outcome {
  result: CallResult;
  detail: string;
}

/** Seconds after which a refused caller may try again; a carrier takes another route meanwhile. */
export const RETRY_AFTER_SECONDS = 5;

/**
 * What the caller's INVITE is told if the call ends before the answer.
 *
 * 503 makes a carrier go to its next route and leave us alone for Retry-After (RFC 3261 §21.5.4):
 * right when this bridge can't take calls. When only the agent does not come, other numbers of the
 * trunk still work, so that is 480 (§21.4.18).
 */
const REFUSAL: Readonly<Record<CallResult, LegEnd>> = {
  'rejected-bad-request': { status: 400 },
  'rejected-unknown-number': { status: 404 },
  'rejected-no-codec': { status: 488 },
  'rejected-no-port': { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS },
  'rejected-draining': { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS },
  'rejected-not-ready': { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS },
  'rejected-limit': { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS },
  'rejected-no-agent': { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS },
  'room-failed': { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS },
  drained: { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS },
  'agent-unavailable': { status: 480, retryAfterSeconds: RETRY_AFTER_SECONDS },
  'agent-hangup': { status: 480 },
  'provider-failure': { status: 480, retryAfterSeconds: RETRY_AFTER_SECONDS },
  'internal-error': { status: 500 },
  // These end no unanswered INVITE that we could still refuse.
  'caller-cancel': { status: 487 },
  'caller-hangup': { status: 487 },
  'ack-timeout': { status: 500 },
  'session-expired': { status: 500 },
  transferred: { status: 500 },
  'callee-hangup': { status: 500 },
  'callee-busy': { status: 500 },
  'callee-no-answer': { status: 500 },
  'callee-declined': { status: 500 },
  'callee-failed': { status: 500 },
  'answering-machine': { status: 500 },
  'media-timeout': { status: 500 },
  'max-duration': { status: 500 },
};

export function refusalOf(result: CallResult): LegEnd {
  return REFUSAL[result];
}

/** What a step of the set-up that was not possible makes of the call. */
export function outcomeOfFailedStep(state: CallState, error: unknown): Outcome {
  if (error instanceof NoFreePortError) {
    return { result: 'rejected-no-port', detail: `There is ${error.message}.` };
  }
  if (['joining', 'ringing', 'summoning'].includes(state)) {
    return { result: 'room-failed', detail: 'The LiveKit room could not be joined.' };
  }
  return { result: 'internal-error', detail: `The call failed while ${state}.` };
}

/** The agent was to be there by now, and is not. */
export function outcomeOfLateAgent(state: CallState): Outcome {
  if (state === 'joining') {
    return { result: 'room-failed', detail: 'LiveKit did not let us into the room in time.' };
  }
  return { result: 'agent-unavailable', detail: 'The agent did not come in time.' };
}

/** What the agent said about its end, or else what the room did, told as a call's end. */
export function outcomeOfRoomEnd(report: EndReport | undefined, gone: RoomGone | 'alone'): Outcome {
  switch (report?.cause) {
    case 'agent-hangup':
      return { result: 'agent-hangup', detail: 'The agent ended the call.' };
    case 'provider-failure':
      return {
        result: 'provider-failure',
        detail: 'The agent ended the call because a provider failed.',
      };
    case 'unknown-agent':
      return {
        result: 'agent-unavailable',
        detail: 'The agent worker does not have the agent that was asked for.',
      };
    case 'transferred':
      return { result: 'transferred', detail: 'The caller was transferred.' };
    case 'answering-machine':
      return { result: 'answering-machine', detail: 'An answering machine picked up.' };
    case 'no-agent':
      return { result: 'agent-unavailable', detail: 'No agent came to the caller.' };
    case undefined:
      break;
  }
  switch (gone) {
    case 'deleted':
      return { result: 'agent-hangup', detail: 'The room was deleted.' };
    case 'removed':
      return { result: 'agent-hangup', detail: 'The caller was removed from the room.' };
    case 'failed':
      return { result: 'room-failed', detail: 'The connection to the LiveKit room was lost.' };
    case 'alone':
      return { result: 'agent-unavailable', detail: 'The agent left and did not come back.' };
  }
}
