/**
 * Results of a call (common/call-record) by whose doing they are. A test sees to it that each result
 * is in one of the lists.
 */
export const CALL_RESULT_GROUPS = {
  /** The conversation took place. */
  good: ['caller-hangup', 'callee-hangup', 'agent-hangup', 'transferred', 'max-duration'],
  /** The caller or the one called, their network or carrier: no fault of ours, not counted. */
  notOurs: [
    'caller-cancel',
    'callee-busy',
    'callee-no-answer',
    'callee-declined',
    'callee-failed',
    'answering-machine',
    'rejected-unknown-number',
    'rejected-no-codec',
    'rejected-bad-request',
    'rejected-limit',
    'ack-timeout',
    'session-expired',
  ],
  /** We could not serve the caller, or cut the call. These burn the availability budget. */
  failed: [
    'rejected-no-port',
    'rejected-draining',
    'rejected-not-ready',
    'rejected-no-agent',
    'agent-unavailable',
    'provider-failure',
    'media-timeout',
    'room-failed',
    'drained',
    'internal-error',
  ],
} as const;

/** A PromQL matcher for the results of these groups. */
export function resultsMatch(...groups: (keyof typeof CALL_RESULT_GROUPS)[]): string {
  return `result=~"${groups.flatMap((group) => CALL_RESULT_GROUPS[group]).join('|')}"`;
}
