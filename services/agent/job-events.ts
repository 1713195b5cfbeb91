import { z } from 'zod';
import { DOORS, turnReportSchema } from '@patchbay/common/room-contract';
import { onChildProcess } from './child-processes.ts';
import { SWITCH_REASONS } from './providers/chain/switches.ts';
import { STAGES } from './providers/faults.ts';

/** How a job ended. One of these, once per job. */
export const JOB_RESULTS = [
  'caller-hangup',
  'agent-hangup',
  /** The caller was given to a human. */
  'transferred',
  /** The agent had called, and a machine picked up. */
  'answering-machine',
  'provider-failure',
  'unknown-agent',
  /** Nobody came into the room. */
  'no-caller',
  /** Another agent was there already. */
  'not-needed',
  /** The connection to the room was lost. */
  'room-lost',
  /** The worker had to end before the call did. */
  'drained',
  'internal-error',
  /** The process died without a word. */
  'crashed',
] as const;
export type JobResult = (typeof JOB_RESULTS)[number];

const jobEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('started'),
    room: z.string(),
    /** The agent's identity in that room. */
    identity: z.string(),
  }),
  z.object({
    event: z.literal('turn'),
    agent: z.string(),
    door: z.enum(DOORS),
    report: turnReportSchema,
    /** Who did each stage that has a provider. */
    providers: z.partialRecord(z.enum(STAGES), z.string()).optional(),
  }),
  z.object({
    event: z.literal('provider-fault'),
    provider: z.string(),
    stage: z.enum(STAGES),
    kind: z.string(),
  }),
  z.object({
    event: z.literal('provider-switch'),
    stage: z.enum(STAGES),
    from: z.string(),
    to: z.string(),
    reason: z.enum(SWITCH_REASONS),
  }),
  z.object({ event: z.literal('ended'), result: z.enum(JOB_RESULTS) }),
]);

/** Which job an event is about: where it is and who it is there. */
export type JobPlace = Pick<Extract<JobEvent, { event: 'started' }>, 'room' | 'identity'>;

/** What a job process tells the worker over the IPC channel it was forked with. */
export type JobEvent = z.output<typeof jobEventSchema>;

const envelopeSchema = z.object({ patchbay: jobEventSchema });

/** In a job process: tell the worker. Does nothing if the worker is gone. */
export function sendJobEvent(event: JobEvent): void {
  if (process.connected) process.send?.({ patchbay: event }, undefined, {}, () => undefined);
}

/**
 * In the worker: receive the events of every job process. A process that started a job and ends
 * without saying how counts as `crashed`.
 */
export function listenToJobs(onEvent: (event: JobEvent, place: JobPlace) => void): {
  close(): void;
} {
  return onChildProcess((child) => {
    let place: JobPlace | undefined;
    let open = false;
    child.on('message', (raw: unknown) => {
      const envelope = envelopeSchema.safeParse(raw);
      if (!envelope.success) return;
      const event = envelope.data.patchbay;
      if (event.event === 'started') {
        place = { room: event.room, identity: event.identity };
        open = true;
      }
      if (event.event === 'ended') open = false;
      if (place) onEvent(event, place);
    });
    child.once('exit', () => {
      if (open && place) onEvent({ event: 'ended', result: 'crashed' }, place);
      open = false;
    });
  });
}
