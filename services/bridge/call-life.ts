import type { CallRecord } from '@patchbay/common/call-record';
import type { Logger } from '@patchbay/common/logger';
import type { CallContext } from './call-context.ts';
import { nextState, type CallState } from './call-state.ts';
import { CallTrace } from './call-trace.ts';
import { refusalOf, type Outcome } from './outcome.ts';
import { Owned } from './owned.ts';
import type { LegEnd } from './sip/leg.ts';
import { Timers } from './timers.ts';

/** Ends the set-up of a call that is over already. */
export class CallOver extends Error {}

/** How a call was when nothing of it was left. */
export interface CallEnd {
  outcome: Outcome;
  /** Final status of the INVITE, if one was sent. */
  status: number | undefined;
  /** When it began to end, Unix ms. */
  endMs: number;
}

export interface CallLifeOptions {
  callId: string;
  /** Unix ms. */
  startMs: number;
  context: Pick<CallContext, 'tracer' | 'metrics' | 'sink'>;
  /** The call's log, which comes to say more the more is known of the call. */
  log: () => Logger;
  /** End the SIP side. See {@link Leg.end}. */
  endLeg: (end: LegEnd) => Promise<number | undefined>;
  /** Let the caller hear what an agent that has hung up said last. */
  finishAudio: () => Promise<void>;
  record: (end: CallEnd) => CallRecord;
}

/**
 * The states of one call, and what it holds, from INVITE to record. Whatever happens, {@link end} is
 * the only way out, and it gives back everything that was taken until then.
 */
export class CallLife {
  readonly timers = new Timers();
  readonly owned: Owned;
  readonly #options: CallLifeOptions;
  readonly #trace: CallTrace;
  readonly #startMs: number;
  readonly #finished = Promise.withResolvers<CallRecord>();
  #state: CallState = 'new';
  #outcome: Outcome | undefined;

  constructor(options: CallLifeOptions) {
    const { context, callId, startMs, log } = options;
    this.#options = options;
    this.#startMs = startMs;
    this.#trace = new CallTrace(context.tracer, callId, startMs);
    this.owned = new Owned((thing, error) => {
      log().error({ err: error, thing }, 'something could not be given back');
    });
  }

  get state(): CallState {
    return this.#state;
  }

  /** True once it ends, or has ended. */
  get over(): boolean {
    return this.#outcome !== undefined;
  }

  /** Resolves with the record when nothing of the call is left. Never rejects. */
  get finished(): Promise<CallRecord> {
    return this.#finished.promise;
  }

  enter(state: CallState): void {
    this.#state = nextState(this.#state, state);
    this.#trace.enter(state);
    this.#options.log().debug({ state }, 'call state');
  }

  /** Wait, and go on only if the call goes on. @throws CallOver if it has ended meanwhile */
  async step<T>(work: Promise<T>): Promise<T> {
    const result = await Promise.race([work, this.#finished.promise.then(() => undefined)]);
    if (this.over) throw new CallOver();
    return result as T;
  }

  /** End the call. The first outcome counts; later ones change nothing. */
  end(outcome: Outcome): void {
    if (this.over) return;
    this.#outcome = outcome;
    const from = this.#state;
    this.enter('ending');
    void this.#giveBack(outcome, from);
  }

  async #giveBack(outcome: Outcome, from: CallState): Promise<void> {
    const { context, log, endLeg, finishAudio, record: recordOf } = this.#options;
    const endMs = Date.now();
    this.timers.close();
    if (from === 'active' && outcome.result === 'agent-hangup') await finishAudio();
    const [status] = await Promise.all([endLeg(refusalOf(outcome.result)), this.owned.close()]);
    const record = recordOf({ outcome, status, endMs });
    this.enter('ended');
    this.#trace.end(record);
    context.metrics.invite(status);
    context.metrics.callEnded(outcome.result);
    context.sink(record);
    log().info({ ...outcome, status, durationMs: endMs - this.#startMs }, 'call ended');
    this.#finished.resolve(record);
  }
}
