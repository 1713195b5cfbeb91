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

/** MOS by the E-model (ITU-T G.107): mean of stretches of 5 s, and the worst of them. */
const ratingFields = { mos: z.number().optional(), worstMos: z.number().optional() };

const directionSchema = z.object({
  packets: z.number().int(),
  bytes: z.number().int(),
  /** Packets that never came, came too late, or came twice. */
  lost: z.number().int(),
  late: z.number().int(),
  duplicate: z.number().int(),
  /** RFC 3550 §6.4.1 interarrival jitter, last value. */
  jitterMs: z.number(),
  /** The largest jitter, packets that came after a later one, and from somebody else. */
  mostJitterMs: z.number().optional(),
  reordered: z.number().int().optional(),
  strangers: z.number().int().optional(),
  /** Sound made up for packets that were lost or late. */
  concealedMs: z.number().optional(),
  /** The longest that packets were held because of their jitter. */
  mostHoldMs: z.number().optional(),
  ...ratingFields,
});

/** One JSON object per call, written by the door when the call is over. */
export const callRecordSchema = z.object({
  version: z.literal(1),
  event: z.literal('call-record'),
  callId: z.string(),
  door: z.enum(DOORS),
  agent: z.string().optional(),
  room: z.string().optional(),
  /** Unix ms of each step that happened. */
  at: z.object({
    startMs: z.number(),
    ringingMs: z.number().optional(),
    agentReadyMs: z.number().optional(),
    answeredMs: z.number().optional(),
    endMs: z.number(),
  }),
  result: z.enum(CALL_RESULTS),
  /** One sentence for a person. */
  detail: z.string(),
  sip: z
    .object({
      callId: z.string(),
      /** Who placed the call; inbound if absent. */
      direction: z.enum(['inbound', 'outbound']).optional(),
      /** Final status of the INVITE, if one was sent or heard. */
      status: z.number().int().optional(),
      transport: z.string(),
      trunk: z.string().optional(),
      codec: z.string().optional(),
    })
    .optional(),
  media: z
    .object({
      in: directionSchema,
      out: z.object({
        packets: z.number().int(),
        bytes: z.number().int(),
        underruns: z.number().int(),
        /** As the phone reports by RTCP, if it does. */
        lost: z.number().int().optional(),
        jitterMs: z.number().optional(),
        ...ratingFields,
      }),
      /** To the phone and back, by RTCP. */
      roundTripMs: z.number().optional(),
      /** Sides that heard nothing for 10 s: `in` is the agent, `out` the caller. */
      oneWay: z.array(z.enum(['in', 'out'])).optional(),
      /** Time spent inside the bridge, p50 over the call. */
      bridgeInMs: z.number().optional(),
      bridgeOutMs: z.number().optional(),
    })
    .optional(),
  turns: z.array(turnReportSchema),
});
export type CallRecord = z.infer<typeof callRecordSchema>;
