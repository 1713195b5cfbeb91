import type { CallResult } from './call-record.ts';

/** What a final response to an INVITE of ours means (RFC 3261 §21). */
export function dialResult(status: number): CallResult {
  if (status === 486 || status === 600) return 'callee-busy';
  if (status === 603 || status === 403 || status === 607) return 'callee-declined';
  if ([408, 480, 487].includes(status)) return 'callee-no-answer';
  return 'callee-failed';
}
