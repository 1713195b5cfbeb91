import type { CallRecord } from '@patchbay/common/call-record';
import { CALL_ID_ATTRIBUTE, DOOR_ATTRIBUTE } from '@patchbay/common/room-contract';
import { errorOf } from '@patchbay/common/tracing/call-error';
import type { Tracer } from '@patchbay/common/tracing/span';

/**
 * The span that a web or trunk call's trace begins with. It is made from the record when the call is
 * over, because no process of ours is in the room all the time.
 */
export function traceCall(tracer: Tracer, record: CallRecord): void {
  const { startMs, answeredMs: joinedMs = startMs, agentReadyMs, endMs } = record.at;
  const root = tracer.root({ callId: record.callId }, 'call', {
    atMs: startMs,
    kind: 'server',
    attributes: {
      [CALL_ID_ATTRIBUTE]: record.callId,
      [DOOR_ATTRIBUTE]: record.door,
      'patchbay.room': record.room,
      'patchbay.agent': record.agent,
      'patchbay.result': record.result,
    },
  });
  root.step('wait for the agent', joinedMs, agentReadyMs ?? endMs);
  if (agentReadyMs !== undefined) root.step('talk', Math.max(joinedMs, agentReadyMs), endMs);
  root.end({ atMs: Math.max(startMs, endMs), ...errorOf(record.result) });
}
