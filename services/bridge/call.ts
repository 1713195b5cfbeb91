import type { Logger } from '@patchbay/common/logger';
import type { CallRecord } from '@patchbay/common/call-record';
import { newCallId } from '@patchbay/common/room-contract';
import { callFields } from '@patchbay/common/tracing/trace-id';
import { AgentWatch } from './agent-watch.ts';
import type { CallContext } from './call-context.ts';
import { CallHold } from './call-hold.ts';
import { CallHoldings } from './call-holdings.ts';
import { CallLife, CallOver, type CallEnd } from './call-life.ts';
import { CallServices } from './call-services.ts';
import type { CallState } from './call-state.ts';
import type { CallMedia, CallMediaEvents } from './media.ts';
import type { KeyWay } from './metrics.ts';
import { outcomeOfFailedStep, outcomeOfLateAgent, type Outcome } from './outcome.ts';
import { buildRecord, type CallTimes } from './record.ts';
import type { CallerIdentity } from './room/caller.ts';
import type { SeatRoom, SeatRoomEvents } from './seats/seat.ts';
import type { Leg } from './sip/leg.ts';
import type { MediaTerms, Offer } from './sip/sdp.ts';
import type { Timers } from './timers.ts';

/** The answer to what the agent asked for must reach it before the room is gone. */
const LAST_WORD_MS = 300;

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
 * One call. The set-up is one list of steps, of which those that calls in and out share are here; how
 * it ends, and that everything is given back, is its {@link CallLife}'s.
 */
export abstract class Call {
  readonly id: string;
  protected readonly context: CallContext;
  protected readonly timers: Timers;
  readonly #leg: Leg;
  readonly #life: CallLife;
  readonly #holdings: CallHoldings;
  readonly #agent: AgentWatch;
  readonly #services: CallServices;
  readonly #hold: CallHold;
  readonly #remoteAnswer = Promise.withResolvers<string>();
  protected readonly times: CallTimes;
  protected log: Logger;
  protected place: Place = {};
  protected media: CallMedia | undefined;
  protected link: SeatRoom | undefined;

  protected constructor(context: CallContext, { leg, headers, startMs, id }: CallFacts) {
    this.id = id ?? newCallId();
    this.context = context;
    this.#leg = leg;
    this.log = context.log.child({ ...callFields({ callId: this.id }), sipCallId: leg.sipCallId });
    this.times = { startMs };
    this.#life = new CallLife({
      callId: this.id,
      startMs,
      context,
      log: () => this.log,
      endLeg: (end) => leg.end(end),
      finishAudio: async () => this.media?.finish(),
      record: (end) => this.#record(end),
    });
    this.timers = this.#life.timers;
    this.#holdings = new CallHoldings(this.id, context, this.#life);
    this.#agent = new AgentWatch({
      timers: this.timers,
      log: this.log,
      over: (outcome) => this.end(outcome),
    });
    this.#hold = new CallHold({
      setAttributes: (attributes) => this.link?.setAttributes(attributes),
      log: () => this.log,
    });
    this.#services = new CallServices({
      headers,
      transfer: (request) => leg.transfer(request),
      setAttributes: (attributes) => this.link?.setAttributes(attributes),
      endAsked: () => this.#endSoonAs('agent-hangup', 'The agent ended the call.'),
      transferred: () => this.#endSoonAs('transferred', 'The caller was transferred.'),
      log: this.log,
    });
  }

  get state(): CallState {
    return this.#life.state;
  }

  /** Resolves with the record when nothing of the call is left. Never rejects. */
  get finished(): Promise<CallRecord> {
    return this.#life.finished;
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
    this.#life.end(outcome);
  }

  /** The steps from nothing to both hearing each other. @throws CallOver if it has ended meanwhile */
  protected abstract setUp(): Promise<void>;

  /** A provisional response to an INVITE of ours. */
  protected onProgress: (status: number, sdp: string) => void = () => undefined;

  /** The far end hung up after the answer. */
  protected abstract hungUp(): void;

  /** Bind a port and make the media for it. */
  protected async allocate(offer: Offer | undefined, terms: MediaTerms): Promise<CallMedia> {
    this.enter('allocating');
    this.media = await this.#holdings.takePort(offer, terms, this.#mediaEvents());
    return this.media;
  }

  /** Join the room; from now on the agent has a limited time to come. */
  protected async join(room: string, agent: string, caller: CallerIdentity): Promise<SeatRoom> {
    this.enter('joining');
    this.timers.set('agent', this.context.limits.agentWaitMs, () =>
      this.end(outcomeOfLateAgent(this.state)),
    );
    this.link = await this.#holdings.takeRoom(room, agent, caller, this.#roomEvents());
    return this.link;
  }

  /** Let the room hear the caller, and wait for the agent. */
  protected async awaitAgent(link: SeatRoom): Promise<void> {
    await this.step(link.publishTrack());
    await this.step(this.#agent.heard);
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
    // First, so that nobody greets a phone that does not listen yet.
    this.#hold.answered();
    link.setAttributes({ 'sip.callStatus': 'active', 'sip.callTag': localTag });
    this.times.answeredMs = Date.now();
    this.log.info({ codec: media.codec }, 'call answered');
  }

  /** Count the call in its trunk. @throws CallOver if the trunk has no place left */
  protected takePlace(trunk: string): void {
    const limit = this.#holdings.takePlace(trunk);
    if (limit) this.refuse('rejected-limit', `The trunk's limit of ${limit} is reached.`);
  }

  /** Hold a place of an agent, so that no call after this one is promised the same. */
  protected takeAgent(): void {
    this.#holdings.takeAgent();
  }

  protected refuse(result: Outcome['result'], detail: string): never {
    this.endAs(result, detail);
    throw new CallOver();
  }

  #mediaEvents(): CallMediaEvents {
    return {
      agreed: (held) => this.#hold.agreed(held),
      key: (key) => this.#keyHeard('rtp', key),
      timeout: () => this.endAs('media-timeout', 'The caller sent no audio for too long.'),
      lost: (reason) => this.endAs('internal-error', `The audio was lost: ${reason}.`),
    };
  }

  #roomEvents(): SeatRoomEvents {
    return {
      ...this.#agent.events,
      dtmf: (digit) => this.#pressKey(digit),
      rpc: (method, payload) => this.#services.rpc(method, payload),
    };
  }

  /** An answer to an offer of ours came: of the 200, or of a re-INVITE without an offer. */
  #answered(sdp: string): void {
    if (this.state !== 'active') return this.#remoteAnswer.resolve(sdp);
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
    if (this.state === 'active' && !this.media?.sendDtmf(digit)) this.#leg.sendDtmf(digit);
  }

  #setUpFailed(error: unknown): void {
    if (this.#life.over) return;
    this.log.warn({ err: error, state: this.state }, 'the call could not be set up');
    this.end(outcomeOfFailedStep(this.state, error));
  }

  /** Wait, and go on only if the call goes on. @throws CallOver if it has ended meanwhile */
  protected step<T>(work: Promise<T>): Promise<T> {
    return this.#life.step(work);
  }

  protected endAs(result: Outcome['result'], detail: string): void {
    this.end({ result, detail });
  }

  #endSoonAs(result: Outcome['result'], detail: string): void {
    this.timers.set('last word', LAST_WORD_MS, () => this.endAs(result, detail));
  }

  protected enter(state: CallState): void {
    this.#life.enter(state);
  }

  #record({ outcome, status, endMs }: CallEnd): CallRecord {
    const { agent, trunk, room, direction } = this.place;
    return buildRecord({
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
      turns: this.#agent.turns,
    });
  }
}
