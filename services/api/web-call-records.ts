import {
  CALL_RECORD_VERSION,
  type CallRecord,
  type CallResult,
} from '@patchbay/common/call-record';
import {
  agentSummarySchema,
  ATTENDANT_PREFIX,
  parseRoomName,
  roomNameForLogs,
  SUMMARY_ATTRIBUTE,
  type AgentSummary,
  type Door,
} from '@patchbay/common/room-contract';
import { traceIdOf } from '@patchbay/common/tracing/trace-id';
import type { RoomEvent } from './livekit/events.ts';
import { callerIdentity } from './livekit/token.ts';

export interface WebCallRecordsOptions {
  write: (record: CallRecord) => void;
  onJoined?: (callId: string) => void;
  /** The agent is there. */
  onServed?: (callId: string) => void;
  onEnded?: (callId: string) => void;
  now?: () => number;
}

interface CallSoFar {
  startMs: number;
  /** Events about tracks name their participant but not its kind. */
  agentIdentity?: string;
  joinedMs?: number;
  agentReadyMs?: number;
  agentLeftMs?: number;
  callerLeft?: { atMs: number; reason: string };
  /** What the agents of the call reported as they left; there are two if one was lost. */
  summaries: AgentSummary[];
}

/** A caller who waited this long for the agent did not just change their mind. */
const PATIENCE_MS = 8_000;
/** Ends already written are remembered, because LiveKit repeats an event it got no answer for. */
const REMEMBERED_ENDS = 1_000;

/**
 * Puts LiveKit's events about rooms of the doors that write no record of their own, web and trunk,
 * together to one record per call. An event lost or a process restarted in between makes the record
 * poorer, never wrong: steps not seen are absent.
 */
export class WebCallRecords {
  readonly #options: WebCallRecordsOptions;
  readonly #now: () => number;
  readonly #calls = new Map<string, CallSoFar>();
  /** When the room of the last record began, by call id. */
  readonly #written = new Map<string, number>();

  constructor(options: WebCallRecordsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  handle(event: RoomEvent): void {
    const room = parseRoomName(event.room?.name ?? '');
    if (room?.door !== 'web' && room?.door !== 'trunk') return;
    const now = this.#now();
    const call: CallSoFar = this.#calls.get(room.callId) ?? { startMs: now, summaries: [] };
    if (event.room?.creationTimeMs) call.startMs = event.room.creationTimeMs;
    const identity = event.participant?.identity;
    const serves = event.participant?.kind === 'AGENT' && !identity?.startsWith(ATTENDANT_PREFIX);
    if (serves && identity !== undefined) call.agentIdentity = identity;
    const isAgent = identity !== undefined && identity === call.agentIdentity;
    // Whoever else may be in the room, listening in, is neither.
    const isCaller =
      room.door === 'web'
        ? identity === callerIdentity(room.callId)
        : event.participant?.kind === 'SIP';
    if (event.event !== 'room_finished') this.#calls.set(room.callId, call);
    switch (event.event) {
      case 'participant_joined':
        if (isAgent) {
          delete call.agentLeftMs;
          this.#options.onServed?.(room.callId);
        } else if (isCaller) {
          call.joinedMs ??= now;
          delete call.callerLeft;
          this.#options.onJoined?.(room.callId);
        }
        return;
      case 'track_published':
        if (isAgent && event.track?.type === 'AUDIO') call.agentReadyMs ??= now;
        return;
      case 'participant_left':
      case 'participant_connection_aborted': {
        const reason = event.participant?.disconnectReason ?? 'UNKNOWN_REASON';
        if (isAgent) {
          call.agentLeftMs = now;
          const summary = summaryIn(event.participant?.attributes);
          if (summary) call.summaries.push(summary);
        } else if (isCaller) call.callerLeft = { atMs: now, reason };
        return;
      }
      case 'room_finished':
        this.#calls.delete(room.callId);
        this.#options.onEnded?.(room.callId);
        this.#finish(event.room?.name ?? '', room, call);
        return;
      default:
        return;
    }
  }

  #finish(
    room: string,
    parts: { door: Door; agent: string; callId: string },
    call: CallSoFar,
  ): void {
    // Told of twice, or made once more after its end by a late agent or the sweeper: no new call.
    const writtenMs = this.#written.get(parts.callId);
    if (writtenMs !== undefined && (writtenMs === call.startMs || call.joinedMs === undefined))
      return;
    this.#written.set(parts.callId, call.startMs);
    for (const oldest of this.#written.keys()) {
      if (this.#written.size <= REMEMBERED_ENDS) break;
      this.#written.delete(oldest);
    }
    const endMs = call.callerLeft?.atMs ?? this.#now();
    this.#options.write({
      schemaVersion: CALL_RECORD_VERSION,
      event: 'call-record',
      callId: parts.callId,
      traceId: traceIdOf({ callId: parts.callId }),
      door: parts.door,
      agent: parts.agent,
      room: roomNameForLogs(room),
      at: {
        startMs: call.startMs,
        ...(call.agentReadyMs === undefined ? {} : { agentReadyMs: call.agentReadyMs }),
        // By the trunk door one joins while the phone rings.
        ...(call.joinedMs === undefined || parts.door === 'trunk'
          ? {}
          : { answeredMs: call.joinedMs }),
        endMs,
      },
      ...resultOf(call, endMs),
      turns: call.summaries.flatMap(({ turns }) => turns),
    });
  }
}

/** Written by our own agent, but by way of a room that others are in. */
function summaryIn(
  attributes: Readonly<Record<string, string>> | undefined,
): AgentSummary | undefined {
  const text = attributes?.[SUMMARY_ATTRIBUTE];
  if (text === undefined) return undefined;
  try {
    return agentSummarySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function resultOf(call: CallSoFar, endMs: number): { result: CallResult; detail: string } {
  const { callerLeft, agentReadyMs, agentLeftMs } = call;
  const cause = call.summaries.at(-1)?.end?.cause;
  if (cause === 'provider-failure') {
    return { result: cause, detail: 'The agent’s providers failed, it apologised.' };
  }
  if (cause === 'transferred') {
    return { result: cause, detail: 'The caller was transferred.' };
  }
  if (cause === 'answering-machine') {
    return { result: cause, detail: 'An answering machine picked up.' };
  }
  if (agentReadyMs === undefined) {
    return endMs - call.startMs >= PATIENCE_MS || callerLeft?.reason === 'ROOM_DELETED'
      ? { result: 'agent-unavailable', detail: 'No agent came to the caller.' }
      : { result: 'caller-cancel', detail: 'The caller left before the agent came.' };
  }
  if (!callerLeft) return { result: 'agent-hangup', detail: 'The room was closed.' };
  switch (callerLeft.reason) {
    case 'ROOM_DELETED':
    case 'ROOM_CLOSED':
    case 'PARTICIPANT_REMOVED':
      return { result: 'agent-hangup', detail: 'The call was ended from the agent’s side.' };
    case 'SERVER_SHUTDOWN':
    case 'JOIN_FAILURE':
    case 'STATE_MISMATCH':
      return { result: 'room-failed', detail: 'LiveKit ended the call.' };
    case 'CONNECTION_TIMEOUT':
    case 'MEDIA_FAILURE':
    case 'SIGNAL_CLOSE':
      return { result: 'media-timeout', detail: 'The connection to the caller was lost.' };
    default:
      return agentLeftMs !== undefined && agentLeftMs < callerLeft.atMs
        ? { result: 'agent-unavailable', detail: 'The agent left before the caller did.' }
        : { result: 'caller-hangup', detail: 'The caller hung up.' };
  }
}
