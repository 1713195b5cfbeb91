import { createHash } from 'node:crypto';
import { parseRoomName, roomNameForLogs } from '../room-contract.ts';
import type { CallPlace } from './span.ts';

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

/**
 * The trace of a call (W3C Trace Context §3.2.2.3: 32 hexadecimal digits). Our calls' ids are such: 128
 * random bits. Of an id that LiveKit SIP gave, or a room that isn't ours, it is the beginning of the
 * SHA-256. So every process that knows the room knows the trace, and nothing needs to be carried along.
 */
export function traceIdOf(place: CallPlace): string {
  const id = 'callId' in place ? place.callId : (parseRoomName(place.room)?.callId ?? place.room);
  return TRACE_ID.test(id) ? id : createHash('sha256').update(id).digest('hex').slice(0, 32);
}

/** The id of the span that a trace begins with: the second half of the trace's. */
export function rootSpanIdOf(traceId: string): string {
  const half = traceId.slice(16);
  // All zeros is no id (W3C Trace Context §3.2.2.4).
  return /^0+$/.test(half) ? '0000000000000001' : half;
}

/** Fields that every log line of a call has. */
export function callFields(place: { callId?: string; room?: string }): {
  callId?: string;
  room?: string;
  traceId?: string;
} {
  const { room } = place;
  const callId = place.callId ?? (room === undefined ? undefined : parseRoomName(room)?.callId);
  const known = callId ?? room;
  return {
    ...(callId === undefined ? {} : { callId }),
    ...(room === undefined ? {} : { room: roomNameForLogs(room) }),
    ...(known === undefined ? {} : { traceId: traceIdOf({ callId: known }) }),
  };
}
