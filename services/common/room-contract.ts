import { randomBytes } from 'node:crypto';
import { z } from 'zod';

export {
  AGENT_ATTRIBUTE,
  AGENT_RETURN_MS,
  ATTENDANT_PREFIX,
  CALL_ID_ATTRIBUTE,
  DIRECTION_ATTRIBUTE,
  DOOR_ATTRIBUTE,
  END_TOPIC,
  HOLD_ATTRIBUTE,
  SUMMARY_ATTRIBUTE,
  TRANSCRIPTION_TOPIC,
  TURN_TOPIC,
} from './topics.ts';

/** The three ways into a room. */
export const DOORS = ['web', 'trunk', 'reach'] as const;
export type Door = (typeof DOORS)[number];

/** The name every agent worker registers under; dispatches in tokens name it. */
export const AGENT_WORKER_NAME = 'patchbay';

/** An agent's name: its file name and its name in URLs. */
export const agentNameSchema = z
  .string()
  .max(40, 'must have at most 40 characters')
  .regex(
    /^[a-z][a-z0-9-]*$/,
    'must be lower-case letters, digits and dashes, starting with a letter',
  );

/** An id nobody can guess: 128 bits, URL-safe without dashes or underscores. */
export function newCallId(): string {
  return randomBytes(16).toString('hex');
}

/** `<door>-<agent>-<id>`. */
export function roomName(door: Door, agent: string, callId: string): string {
  return `${door}-${agent}-${callId}`;
}

/**
 * What a dispatch rule of LiveKit SIP gives to make room names from. LiveKit joins prefix, caller and
 * random letters with `_`, so rooms of calls in by the trunk door look otherwise than ours.
 */
export function trunkRoomPrefix(agent: string): string {
  return `trunk-${agent}`;
}

const ROOM_NAME = /^(web|trunk|reach)-([a-z][a-z0-9-]*)-([0-9a-f]{32})$/;
const TRUNK_ROOM_NAME = /^(trunk)-([a-z][a-z0-9-]*)_.*_([0-9A-Za-z]{12})$/s;

/**
 * Take a room's name apart; undefined for a room that isn't ours. The call id is what nobody can
 * guess: ours, or LiveKit SIP's random letters.
 */
export function parseRoomName(
  name: string,
): { door: Door; agent: string; callId: string } | undefined {
  const match = ROOM_NAME.exec(name) ?? TRUNK_ROOM_NAME.exec(name);
  if (!match?.[1] || !match[2] || !match[3]) return undefined;
  return { door: match[1] as Door, agent: match[2], callId: match[3] };
}

/** A room's name as it may stand in logs and records: LiveKit SIP writes the caller's number into it. */
export function roomNameForLogs(name: string): string {
  return name.replace(TRUNK_ROOM_NAME, '$1-$2_…_$3');
}

const dispatchSchema = z.object({ agent: agentNameSchema });

/** Metadata of the dispatch: which agent is wanted. */
export function dispatchMetadata(agent: string): string {
  return JSON.stringify({ agent });
}

/** @returns the wanted agent's name, or undefined if the metadata isn't ours */
export function parseDispatchMetadata(metadata: string): string | undefined {
  try {
    return dispatchSchema.parse(JSON.parse(metadata)).agent;
  } catch {
    return undefined;
  }
}

/**
 * One turn as the agent saw it. Durations in ms; a stage that did not happen is absent.
 * Stage names are those of {@link file://./budget.ts}.
 */
export const turnReportSchema = z.object({
  turn: z.number().int().nonnegative().describe('Number of the turn, from 1'),
  atMs: z.number().describe('When the agent’s answer began to play, Unix ms'),
  stagesMs: z
    .partialRecord(
      z.enum(['endOfTurn', 'stt', 'llm', 'tts', 'agentTotal']),
      z.number().nonnegative(),
    )
    .describe('Stages of the latency budget; one that did not happen is absent'),
  tools: z.array(z.string()).describe('Tools called in this turn, in order'),
  interrupted: z.boolean().describe('The caller spoke over the answer'),
  agent: agentNameSchema
    .optional()
    .describe('Who served the caller; another one than before after a handover'),
  switches: z
    .array(
      z.object({
        stage: z.enum(['stt', 'llm', 'tts']).describe('Stage of the pipeline'),
        from: z.string().describe('Provider that failed, or stood in'),
        to: z.string().describe('Provider that does it from now on'),
        reason: z.string().describe('Why: timeout, cut, recovered, …'),
      }),
    )
    .optional()
    .describe('Providers that took over a stage since the last report; absent if none did'),
});
export type TurnReport = z.infer<typeof turnReportSchema>;

/** Why the agent ends a call; `no-agent` is said in its place when none came. */
export const AGENT_END_CAUSES = [
  'agent-hangup',
  'provider-failure',
  'transferred',
  'answering-machine',
  'unknown-agent',
  'no-agent',
] as const;
export const endReportSchema = z.object({ cause: z.enum(AGENT_END_CAUSES) });
export type EndReport = z.infer<typeof endReportSchema>;

/** What an agent reported in a call, for a door that could not hear it. */
export const agentSummarySchema = z.object({
  end: endReportSchema.optional(),
  turns: z.array(turnReportSchema),
});
export type AgentSummary = z.infer<typeof agentSummarySchema>;
