import { CALL_RECORD_VERSION, type CallRecord } from '@patchbay/common/call-record';
import type { TurnReport } from '@patchbay/common/room-contract';
import { traceIdOf } from '@patchbay/common/tracing/trace-id';
import type { Outcome } from './outcome.ts';
import type { CallQuality } from './rtp/quality-watch.ts';
import type { RtpSessionStats } from './rtp/session.ts';

/** Unix ms of the steps that happened. */
export interface CallTimes {
  startMs: number;
  ringingMs?: number;
  agentReadyMs?: number;
  answeredMs?: number;
}

export interface RecordFacts {
  callId: string;
  agent: string | undefined;
  room: string | undefined;
  times: CallTimes;
  endMs: number;
  outcome: Outcome;
  sip: {
    callId: string;
    status: number | undefined;
    transport: string;
    trunk: string | undefined;
    direction: 'outbound' | undefined;
    codec: string | undefined;
  };
  media: RtpSessionStats | undefined;
  transfer: CallRecord['transfer'];
  turns: TurnReport[];
}

/** The record of a call that came in by phone at the bridge. */
export function buildRecord(facts: RecordFacts): CallRecord {
  const { sip, media } = facts;
  return {
    schemaVersion: CALL_RECORD_VERSION,
    event: 'call-record',
    callId: facts.callId,
    traceId: traceIdOf({ callId: facts.callId }),
    door: 'reach',
    ...given('agent', facts.agent),
    ...given('room', facts.room),
    at: { ...facts.times, endMs: facts.endMs },
    result: facts.outcome.result,
    detail: facts.outcome.detail,
    sip: {
      callId: sip.callId,
      ...given('status', sip.status),
      transport: sip.transport,
      ...given('direction', sip.direction),
      ...given('trunk', sip.trunk),
      ...given('codec', sip.codec),
    },
    ...given('media', media && mediaOf(media)),
    ...given('transfer', facts.transfer),
    turns: facts.turns,
  };
}

function mediaOf(stats: RtpSessionStats): NonNullable<CallRecord['media']> {
  const { in: received, out, quality, far, roundTripMs, oneWay } = stats;
  return {
    in: {
      packets: received.packets,
      bytes: received.bytes,
      lost: received.lost,
      late: received.late,
      duplicate: received.duplicate,
      jitterMs: tenths(received.jitterMs),
      mostJitterMs: tenths(received.mostJitterMs),
      reordered: received.reordered,
      strangers: received.strangers,
      concealedMs: tenths(received.concealedMs),
      mostHoldMs: received.mostHoldMs,
      ...ratingOf(quality.in),
    },
    out: {
      packets: out.packets,
      bytes: out.bytes,
      underruns: out.underruns,
      ...(far ? { lost: far.lost, jitterMs: tenths(far.jitterMs) } : {}),
      ...ratingOf(quality.out),
    },
    ...given('roundTripMs', roundTripMs === undefined ? undefined : tenths(roundTripMs)),
    ...given('oneWay', oneWay.length === 0 ? undefined : [...oneWay]),
    ...given('bridgeInMs', received.delayMs === undefined ? undefined : tenths(received.delayMs)),
    ...given('bridgeOutMs', out.delayMs === undefined ? undefined : tenths(out.delayMs)),
  };
}

function ratingOf(quality: CallQuality | undefined): { mos?: number; worstMos?: number } {
  if (!quality) return {};
  return { mos: hundredths(quality.mos), worstMos: hundredths(quality.worstMos) };
}

function hundredths(mos: number): number {
  return Math.round(mos * 100) / 100;
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** An optional field: absent rather than undefined. */
function given<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, V>);
}
