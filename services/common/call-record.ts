import { z } from 'zod';
import { DOORS, turnReportSchema } from './room-contract.ts';

/** How a call ended. One of these, once per call; the same word in the metric, the log and the record. */
export const CALL_RESULTS = [
  'caller-hangup',
  'callee-hangup',
  'agent-hangup',
  'caller-cancel',
  'callee-busy',
  'callee-no-answer',
  'callee-declined',
  'callee-failed',
  'answering-machine',
  'transferred',
  'rejected-unknown-number',
  'rejected-no-codec',
  'rejected-bad-request',
  'rejected-no-port',
  'rejected-draining',
  'rejected-not-ready',
  'rejected-limit',
  'rejected-no-agent',
  'agent-unavailable',
  'provider-failure',
  'media-timeout',
  'max-duration',
  'room-failed',
  'ack-timeout',
  'session-expired',
  'drained',
  'internal-error',
] as const;
export type CallResult = (typeof CALL_RESULTS)[number];

const text = (what: string) => z.string().describe(what);
const number = (what: string) => z.number().describe(what);
const count = (what: string) => z.number().int().describe(what);

/** MOS by the E-model (ITU-T G.107). */
const ratingFields = {
  mos: number('MOS by the E-model (ITU-T G.107): mean of stretches of 5 s').optional(),
  worstMos: number('MOS of the worst stretch').optional(),
};

const directionSchema = z.object({
  packets: count('Packets received'),
  bytes: count('Bytes of audio in them'),
  lost: count('Packets that never came'),
  late: count('Packets that came too late to be played'),
  duplicate: count('Packets that came twice'),
  jitterMs: number('Interarrival jitter (RFC 3550 §6.4.1), last value'),
  mostJitterMs: number('Largest jitter').optional(),
  reordered: count('Packets that came after a later one').optional(),
  strangers: count('Packets from somebody else, which were not played').optional(),
  concealedMs: number('Sound made up for packets that were lost or late').optional(),
  mostHoldMs: number('Longest that packets were held because of their jitter').optional(),
  ...ratingFields,
});

/** Of the record's shape. It grows when a field is renamed, removed or means something else. */
export const CALL_RECORD_VERSION = 1;

/**
 * One JSON object per call, written by the door when the call is over, the same for all doors.
 * docs/call-record.md is made from this.
 */
export const callRecordSchema = z.object({
  schemaVersion: z
    .literal(CALL_RECORD_VERSION)
    .describe('Of the shape; new optional fields leave it as it is'),
  event: z.literal('call-record').describe('Tells records from log lines'),
  callId: text('The call; the last part of the room’s name'),
  traceId: text('Its trace (W3C Trace Context), and an exemplar’s `trace_id`'),
  door: z.enum(DOORS).describe('Which way the caller came'),
  agent: text('Who was wanted; absent if that was never known').optional(),
  room: text('LiveKit room; without the caller’s number').optional(),
  at: z
    .object({
      startMs: number('INVITE, or the room was made'),
      ringingMs: number('The phone rings').optional(),
      agentReadyMs: number('The agent can be heard').optional(),
      answeredMs: number('200 OK, or the web caller has joined').optional(),
      endMs: number('The call is over'),
    })
    .describe('Unix ms of each step that happened'),
  result: z.enum(CALL_RESULTS).describe('How it ended; the same word in metric and log'),
  detail: text('The same as one sentence for a person'),
  sip: z
    .object({
      callId: text('Call-ID header'),
      direction: z
        .enum(['inbound', 'outbound'])
        .optional()
        .describe('Who placed the call; inbound if absent'),
      status: count('Final status of the INVITE, if one was sent or heard').optional(),
      transport: text('udp, tcp or tls'),
      trunk: text('Name of the trunk').optional(),
      codec: text('What was agreed on').optional(),
    })
    .optional()
    .describe('Of calls through the bridge'),
  media: z
    .object({
      in: directionSchema.describe('From the phone'),
      out: z
        .object({
          packets: count('Packets sent'),
          bytes: count('Bytes of audio in them'),
          underruns: count('Times that there was nothing to send in the middle of speech'),
          lost: count('Packets lost on the way, as the phone reports by RTCP').optional(),
          jitterMs: number('Jitter at the phone, as it reports').optional(),
          ...ratingFields,
        })
        .describe('To the phone'),
      roundTripMs: number('To the phone and back, by RTCP').optional(),
      oneWay: z
        .array(z.enum(['in', 'out']))
        .optional()
        .describe('Who heard nothing for 10 s: `in` is the agent, `out` the caller'),
      bridgeInMs: number('Time inside the bridge from the phone, p50').optional(),
      bridgeOutMs: number('Time inside the bridge to the phone, p50').optional(),
    })
    .optional()
    .describe('Quality of the phone’s audio; of answered calls through the bridge'),
  transfer: z
    .object({
      atMs: number('When it was over, Unix ms'),
      status: count('Final SIP status of the transfer'),
      done: z.boolean().describe('Whether the caller talks to somebody else now'),
    })
    .optional()
    .describe('The last transfer that the agent asked for'),
  turns: z
    .array(turnReportSchema)
    .describe('Turns as the agent reported them, with the budget’s stages and provider switches'),
});
export type CallRecord = z.infer<typeof callRecordSchema>;
