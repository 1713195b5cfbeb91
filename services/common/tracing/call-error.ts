import type { CallResult } from '../call-record.ts';
import type { SpanEnd } from './span.ts';

/** Results that are no fault of anybody's. */
const PLAIN: readonly CallResult[] = [
  'caller-hangup',
  'callee-hangup',
  'agent-hangup',
  'caller-cancel',
  'callee-busy',
  'callee-no-answer',
  'callee-declined',
  'transferred',
];

/** How the span that a call's trace begins with ends: with what went wrong, if anything did. */
export function errorOf(result: CallResult): Pick<SpanEnd, 'error'> {
  return PLAIN.includes(result) ? {} : { error: result };
}
