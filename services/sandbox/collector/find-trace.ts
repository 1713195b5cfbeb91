import { traceIdOf } from '@patchbay/common/tracing/trace-id';
import type { AttributeValue, StoredSpan } from './stored-span.ts';

/** What a person may know a call by. */
const NAMES = ['patchbay.callId', 'patchbay.room', 'sip.callId'] as const;

/**
 * The spans of a call.
 * @param wanted the call's id, its room's name, its trace's id or its SIP Call-ID
 */
export function findTrace(spans: readonly StoredSpan[], wanted: string): StoredSpan[] {
  const named = spans.find(({ attributes }) => NAMES.some((name) => attributes[name] === wanted));
  const traceIds = new Set([
    ...(named ? [named.traceId] : []),
    traceIdOf({ room: wanted }),
    traceIdOf({ callId: wanted }),
  ]);
  return spans.filter(({ traceId }) => traceIds.has(traceId));
}

/** A call in a list. */
export interface KnownCall {
  callId: string;
  room: string | undefined;
  sipCallId: string | undefined;
  startMs: number;
  result: string | undefined;
}

/** The calls that have a root span, latest first. */
export function latestCalls(spans: readonly StoredSpan[], most: number): KnownCall[] {
  const text = (value: AttributeValue | undefined) =>
    value === undefined ? undefined : String(value);
  return spans
    .filter(({ parentSpanId }) => parentSpanId === undefined)
    .sort((a, b) => b.startMs - a.startMs)
    .slice(0, most)
    .map(({ attributes, traceId, startMs }) => ({
      callId: text(attributes['patchbay.callId']) ?? traceId,
      room: text(attributes['patchbay.room']),
      sipCallId: text(attributes['sip.callId']),
      startMs,
      result: text(attributes['patchbay.result']),
    }));
}
