import type { CallRecord } from '@patchbay/common/call-record';
import { CALL_ID_ATTRIBUTE, DOOR_ATTRIBUTE } from '@patchbay/common/room-contract';
import { errorOf } from '@patchbay/common/tracing/call-error';
import type { Tracer, TraceSpan } from '@patchbay/common/tracing/span';
import type { CallState } from './call-state.ts';

/** What each state is called in a trace. The last has no time of its own. */
const STEPS: Readonly<Record<Exclude<CallState, 'ended'>, string>> = {
  new: 'admit',
  allocating: 'bind an RTP port',
  joining: 'join the room',
  ringing: 'wait for the agent',
  summoning: 'wait for the agent',
  dialling: 'ring the phone',
  answering: 'answer',
  active: 'talk',
  ending: 'give back',
};

/** The trace of one call at its door: from the INVITE to the end, with a step for each state. */
export class CallTrace {
  readonly #root: TraceSpan;
  #step: TraceSpan;

  /** @param startMs when the INVITE came, Unix ms */
  constructor(tracer: Tracer, callId: string, startMs: number) {
    this.#root = tracer.root({ callId }, 'call', {
      atMs: startMs,
      kind: 'server',
      attributes: { [CALL_ID_ATTRIBUTE]: callId, [DOOR_ATTRIBUTE]: 'reach' },
    });
    this.#step = this.#root.child(STEPS.new, { atMs: startMs });
  }

  enter(state: CallState): void {
    const atMs = Date.now();
    this.#step.end({ atMs });
    if (state !== 'ended') this.#step = this.#root.child(STEPS[state], { atMs });
  }

  /** Who called whom is left out: a trace holds no numbers. */
  end(record: CallRecord): void {
    const { sip, media } = record;
    this.#root.set({
      'patchbay.room': record.room,
      'patchbay.agent': record.agent,
      'patchbay.result': record.result,
      'sip.callId': sip?.callId,
      'sip.direction': sip?.direction ?? 'inbound',
      'sip.status': sip?.status,
      'sip.trunk': sip?.trunk,
      'sip.transport': sip?.transport,
      'media.codec': sip?.codec,
      'media.in.lost': media?.in.lost,
      'media.in.jitterMs': media?.in.jitterMs,
      'media.in.mos': media?.in.mos,
      'media.out.mos': media?.out.mos,
      'media.bridgeInMs': media?.bridgeInMs,
      'media.bridgeOutMs': media?.bridgeOutMs,
    });
    this.#root.end(errorOf(record.result));
  }
}
