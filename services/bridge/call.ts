import type { Logger } from '@patchbay/common/logger';
import type { CallRecord } from '@patchbay/common/call-record';
import { AGENT_RETURN_MS, newCallId } from '@patchbay/common/room-contract';
import { callFields } from '@patchbay/common/tracing/trace-id';
import { AgentReports } from './agent-reports.ts';
import type { CallContext } from './call-context.ts';
import { CallServices } from './call-services.ts';
import { nextState, type CallState } from './call-state.ts';
import { CallTrace } from './call-trace.ts';
import { CallMedia } from './media.ts';
import type { KeyWay } from './metrics.ts';
import { outcomeOfRoomEnd, refusalOf, type Outcome } from './outcome.ts';
import { Owned } from './owned.ts';
import { NoFreePortError } from './ports.ts';
import { buildRecord, type CallTimes } from './record.ts';
import { RoomStay } from './room-stay.ts';
import type { CallerIdentity } from './room/caller.ts';
import type { RoomGone } from './room/link.ts';
import type { MediaSeat, SeatRoom, SeatRoomEvents } from './seats/seat.ts';
import type { Leg } from './sip/leg.ts';
import type { CodecName, Offer } from './sip/sdp.ts';
import { Timers } from './timers.ts';

/** Time for the agent's goodbye between its announcement of the end and the end of the room. */
const GOODBYE_MS = 15_000;
/** The answer to what the agent asked for must reach it before the room is gone. */
const LAST_WORD_MS = 300;

/** Ends the set-up of a call that is over already. */
export class CallOver extends Error {}

/** What is known of a call besides its leg. */
export interface CallFacts {
  leg: Leg;
  /** Headers of the far end by lower-case name; those of its answer come with it. */
  headers: Readonly<Record<string, string>>;
  startMs: number;
  /** A new one by default. */
  id?: string;
}

/** Where a call belongs, as far as that is known. */
export interface Place {
  agent?: string;
  trunk?: string;
  room?: string;
  direction?: 'outbound';
}

/**
 * One call from INVITE to record. The set-up is one list of steps; whatever happens, {@link end}
 * is the only way out, and it gives back everything that was taken until then.
 */
export abstract class Call {
  readonly id: string;
  protected readonly context: CallContext;
  readonly #leg: Leg;
  protected readonly timers = new Timers();
  readonly #agentHeard = Promise.withResolvers<void>();
  readonly #remoteAnswer = Promise.withResolvers<string>();
  readonly #finished = Promise.withResolvers<CallRecord>();
  protected readonly owned: Owned;
  readonly #reports: AgentReports;
  readonly #services: CallServices;
  readonly #trace: CallTrace;
  protected readonly times: CallTimes;
  protected log: Logger;
  #state: CallState = 'new';
  protected outcome: Outcome | undefined;
  protected place: Place = {};
  protected media: CallMedia | undefined;
  protected link: SeatRoom | undefined;
  #seat: MediaSeat | undefined;

  protected constructor(context: CallContext, { leg, headers, startMs, id }: CallFacts) {
    this.id = id ?? newCallId();
    this.context = context;
    this.#leg = leg;
    this.log = context.log.child({ ...callFields({ callId: this.id }), sipCallId: leg.sipCallId });
    this.#trace = new CallTrace(context.tracer, this.id, startMs);
    this.owned = new Owned((thing, error) => {
      this.log.error({ err: error, thing }, 'something could not be given back');
    });
    this.#reports = new AgentReports(this.log);
    this.#services = new CallServices({
      headers,
      transfer: (request) => leg.transfer(request),
      setAttributes: (attributes) => this.link?.setAttributes(attributes),
      endAsked: () => this.#endSoonAs('agent-hangup', 'The agent ended the call.'),
      transferred: () => this.#endSoonAs('transferred', 'The caller was transferred.'),
      log: this.log,
    });
    this.times = { startMs };
  }

  get state(): CallState {
    return this.#state;
  }

  /** Resolves with the record when nothing of the call is left. Never rejects. */
  get finished(): Promise<CallRecord> {
    return this.#finished.promise;
  }

  /** Take the call. Returns at once. */
  start(): void {
    this.#leg.listen({
      cancelled: () => this.endAs('caller-cancel', 'The caller gave up before the answer.'),
      hungUp: (transferred) => {
        if (transferred) this.#endSoonAs('transferred', 'The caller was transferred.');
        else this.hungUp();
      },
      ackTimeout: () => this.endAs('ack-timeout', 'Our answer was never acknowledged.'),
      expired: () => this.endAs('session-expired', 'The caller did not refresh the session.'),
      answer: (sdp) => this.#answered(sdp),
      lost: () => this.endAs('internal-error', 'The SIP server went away during the set-up.'),
      dtmf: (digit) => this.#keyHeard('info', digit),
      progress: (status, sdp) => this.onProgress(status, sdp),
      reinvite: (offer) => this.media?.reinvite(offer) ?? { status: 491 },
    });
    this.setUp().catch((error: unknown) => this.#setUpFailed(error));
  }

  /** End the call. The first outcome counts; later ones change nothing. */
  end(outcome: Outcome): void {
    if (this.outcome) return;
    this.outcome = outcome;
    const from = this.#state;
    this.enter('ending');
    void this.#giveBack(outcome, from);
  }

  /** The steps from nothing to both hearing each other. @throws CallOver if it has ended meanwhile */
  protected abstract setUp(): Promise<void>;

  /** A provisional response to an INVITE of ours. */
  protected onProgress: (status: number, sdp: string) => void = () => undefined;

  /** The far end hung up after the answer. */
  protected abstract hungUp(): void;

  /** Bind a port and make the media for it. */
  protected async allocate(
    offer: Offer | undefined,
    codecs: readonly CodecName[],
  ): Promise<CallMedia> {
    this.enter('allocating');
    const acquiring = this.context.seats.acquire();
    const lease = await this.step(this.owned.take('port', acquiring, (taken) => taken.release()));
    this.#seat = lease.pair;
    return this.#makeMedia(offer, codecs, lease.pair);
  }

  /** Join the room; from now on the agent has a limited time to come. */
  protected async join(room: string, agent: string, caller: CallerIdentity): Promise<SeatRoom> {
    this.enter('joining');
    this.timers.set('agent', this.context.limits.agentWaitMs, () => this.#agentIsLate());
    const seat = this.#seat;
    if (!seat) throw new Error('a call needs its port before its room');
    const stay = new RoomStay(this.context, room, seat);
    this.owned.hold('room', () => stay.leave());
    const link = await this.step(stay.join(agent, caller, this.#roomEvents()));
    this.link = link;
    return link;
  }

  /** Let the room hear the caller, and wait for the agent. */
  protected async awaitAgent(link: SeatRoom): Promise<void> {
    await this.step(link.publishTrack());
    await this.step(this.#agentHeard.promise);
    this.timers.clear('agent');
    this.times.agentReadyMs = Date.now();
    this.context.agents?.served(this.id);
    const waitedMs = this.times.agentReadyMs - this.times.startMs;
    this.context.metrics.agentReady(waitedMs / 1_000, this.id);
  }

  /** Both hear each other. */
  protected goActive(media: CallMedia, link: SeatRoom, localTag: string): void {
    this.enter('active');
    this.timers.clear('answer');
    media.startSending();
    this.timers.set('longest', this.context.limits.maxCallMs, () =>
      this.endAs('max-duration', 'The call reached the longest time allowed.'),
    );
    link.setAttributes({ 'sip.callStatus': 'active', 'sip.callTag': localTag });
    this.times.answeredMs = Date.now();
    this.log.info({ codec: media.codec }, 'call answered');
  }

  /** Count the call in its trunk. @throws CallOver if the trunk has no place left */
  protected takePlace(trunk: string): void {
    const place = this.context.places.take(trunk);
    if (typeof place === 'function') return this.owned.hold('place in the trunk', place);
    const limit = place === 'calls' ? 'calls at once' : 'calls per second';
    this.refuse('rejected-limit', `The trunk's limit of ${limit} is reached.`);
  }

  /** Hold a place of an agent, so that no call after this one is promised the same. */
  protected takeAgent(): void {
    const giveBack = this.context.agents?.take(this.id);
    if (giveBack) this.owned.hold('place of an agent', giveBack);
  }

  protected refuse(result: Outcome['result'], detail: string): never {
    this.endAs(result, detail);
    throw new CallOver();
  }

  #makeMedia(offer: Offer | undefined, codecs: readonly CodecName[], seat: MediaSeat): CallMedia {
    const { advertisedAddress, limits } = this.context;
    const media = new CallMedia({
      offer,
      codecs,
      seat,
      advertisedAddress,
      startTimeoutMs: limits.mediaStartTimeoutMs,
      timeoutMs: limits.mediaTimeoutMs,
      events: {
        key: (key) => this.#keyHeard('rtp', key),
        timeout: () => this.endAs('media-timeout', 'The caller sent no audio for too long.'),
        lost: (reason) => this.endAs('internal-error', `The audio was lost: ${reason}.`),
      },
    });
    this.owned.hold('media', () => media.close());
    this.media = media;
    return media;
  }

  #roomEvents(): SeatRoomEvents {
    return {
      heard: () => {
        this.timers.clear('alone');
        this.#agentHeard.resolve();
      },
      alone: () => this.timers.set('alone', AGENT_RETURN_MS, () => this.#endWithRoom('alone')),
      data: (topic, payload) => {
        const ending = this.#reports.end !== undefined;
        this.#reports.read(topic, payload);
        if (ending || !this.#reports.end) return;
        this.timers.set('goodbye', GOODBYE_MS, () => this.#endWithRoom('ended'));
      },
      dtmf: (digit) => this.#pressKey(digit),
      rpc: (method, payload) => this.#services.rpc(method, payload),
      gone: (reason) => this.#endWithRoom(reason),
    };
  }

  /** An answer to an offer of ours came: of the 200, or of a re-INVITE without an offer. */
  #answered(sdp: string): void {
    if (this.#state !== 'active') return this.#remoteAnswer.resolve(sdp);
    const problem = this.media?.takeAnswer(sdp);
    if (problem !== undefined) this.log.warn({ problem }, 'an answer to our offer was not taken');
  }

  /** The answer in ACK to the offer in our 200. */
  protected get remoteAnswer(): Promise<string> {
    return this.#remoteAnswer.promise;
  }

  /** @throws CallOver if nothing can be spoken with it */
  protected takeAnswer(media: CallMedia, sdp: string): void {
    const problem = media.takeAnswer(sdp);
    if (problem === undefined) return;
    this.refuse('rejected-no-codec', `The answer to our offer was not taken: ${problem}.`);
  }

  /** The caller pressed a key. */
  #keyHeard(way: KeyWay, key: string): void {
    this.context.metrics.keyHeard(way);
    this.link?.sendDtmf(key);
  }

  /** The agent presses a key for the phone to hear. */
  #pressKey(digit: string): void {
    // By INFO only to phones that take no telephone events.
    if (this.#state === 'active' && !this.media?.sendDtmf(digit)) this.#leg.sendDtmf(digit);
  }

  #endWithRoom(gone: RoomGone | 'alone'): void {
    this.end(outcomeOfRoomEnd(this.#reports.end, gone));
  }

  #agentIsLate(): void {
    if (this.#state === 'joining') {
      this.endAs('room-failed', 'LiveKit did not let us into the room in time.');
    } else {
      this.endAs('agent-unavailable', 'The agent did not come in time.');
    }
  }

  /** A step of the set-up was not possible: which one says how the call ends. */
  #setUpFailed(error: unknown): void {
    if (this.outcome) return;
    this.log.warn({ err: error, state: this.#state }, 'the call could not be set up');
    if (error instanceof NoFreePortError) {
      this.endAs('rejected-no-port', `There is ${error.message}.`);
    } else if (['joining', 'ringing', 'summoning'].includes(this.#state)) {
      this.endAs('room-failed', 'The LiveKit room could not be joined.');
    } else this.endAs('internal-error', `The call failed while ${this.#state}.`);
  }

  /** Wait, and go on only if the call goes on. @throws CallOver if it has ended meanwhile */
  protected async step<T>(work: Promise<T>): Promise<T> {
    const result = await Promise.race([work, this.#finished.promise.then(() => undefined)]);
    if (this.outcome) throw new CallOver();
    return result as T;
  }

  protected endAs(result: Outcome['result'], detail: string): void {
    this.end({ result, detail });
  }

  #endSoonAs(result: Outcome['result'], detail: string): void {
    this.timers.set('last word', LAST_WORD_MS, () => this.endAs(result, detail));
  }

  protected enter(state: CallState): void {
    this.#state = nextState(this.#state, state);
    this.#trace.enter(state);
    this.log.debug({ state }, 'call state');
  }

  async #giveBack(outcome: Outcome, from: CallState): Promise<void> {
    const endMs = Date.now();
    this.timers.close();
    if (from === 'active' && outcome.result === 'agent-hangup') await this.media?.finish();
    const [status] = await Promise.all([
      this.#leg.end(refusalOf(outcome.result)),
      this.owned.close(),
    ]);
    const { agent, trunk, room, direction } = this.place;
    const record = buildRecord({
      callId: this.id,
      agent,
      room,
      times: this.times,
      endMs,
      outcome,
      sip: {
        callId: this.#leg.sipCallId,
        status,
        transport: this.#leg.transport,
        trunk,
        direction,
        codec: this.media?.codec,
      },
      media: this.times.answeredMs === undefined ? undefined : this.media?.stats,
      transfer: this.#services.transfer,
      turns: this.#reports.turns,
    });
    this.enter('ended');
    this.#trace.end(record);
    this.context.metrics.invite(status);
    this.context.metrics.callEnded(outcome.result);
    this.context.sink(record);
    this.log.info({ ...outcome, status, durationMs: endMs - this.times.startMs }, 'call ended');
    this.#finished.resolve(record);
  }
}
