import { dialResult } from '@patchbay/common/dial-result';
import { DIRECTION_ATTRIBUTE, roomName } from '@patchbay/common/room-contract';
import { Call } from './call.ts';
import type { CallContext } from './call-context.ts';
import type { CallMedia } from './media.ts';
import { callerIdentity, type CallerIdentity } from './room/caller.ts';
import { DialError, type OutboundLeg } from './sip/leg.ts';
import type { Trunk } from './sip/trunk.ts';

/** A call that somebody wants placed, checked. */
export interface DialOrder {
  trunk: Trunk;
  agent: string;
  /** E.164. */
  to: string;
  /** One of the trunk's numbers. */
  from: string;
  /** How long the phone may ring. */
  ringLimitMs: number;
  /** Hear what comes before the answer: announcements, ringback. */
  earlyMedia: boolean;
}

/**
 * A call that goes out. The agent is there before the phone rings, so that who picks up is never
 * met with silence.
 */
export class OutboundCall extends Call {
  readonly #leg: OutboundLeg;
  readonly #order: DialOrder;
  readonly room: string;
  #media: CallMedia | undefined;

  /** @param id the call's id; a new one by default */
  constructor(context: CallContext, leg: OutboundLeg, order: DialOrder, id?: string) {
    super(context, { leg, headers: {}, startMs: Date.now(), ...(id === undefined ? {} : { id }) });
    this.#leg = leg;
    this.#order = order;
    const { agent, trunk } = order;
    this.room = roomName('reach', agent, this.id);
    this.place = { agent, trunk: trunk.name, room: this.room, direction: 'outbound' };
    this.onProgress = (status, sdp) => this.#progressed(status, sdp);
  }

  /** The phone rings, as far as its network says. */
  get rings(): boolean {
    return this.state === 'dialling' && this.times.ringingMs !== undefined;
  }

  /** Whoever ordered the call wants it no more. */
  cancel(): void {
    if (this.state === 'active') this.endAs('agent-hangup', 'The call was ended by order.');
    else this.endAs('caller-cancel', 'The call was called off.');
  }

  protected override hungUp(): void {
    this.endAs('callee-hangup', 'The called person hung up.');
  }

  protected override async setUp(): Promise<void> {
    const { trunk, agent, to, from, ringLimitMs } = this.#order;
    this.log = this.log.child(this.place);
    this.log.info({ calledNumber: to, callerNumber: from }, 'a call is to be placed');
    const refusal = this.context.refusal();
    if (refusal) this.refuse(refusal.result, refusal.detail);
    this.takePlace(trunk.name);
    this.takeAgent();
    const media = await this.allocate(undefined, trunk);
    this.#media = media;
    const link = await this.join(this.room, agent, this.#callee());

    this.enter('summoning');
    await this.awaitAgent(link);

    this.enter('dialling');
    this.timers.set('ring', ringLimitMs, () =>
      this.endAs('callee-no-answer', 'Nobody answered the phone in time.'),
    );
    const { localTag, sdp } = await this.step(this.#dial(media));
    this.timers.clear('ring');
    this.takeAnswer(media, sdp);
    media.open();
    this.goActive(media, link, localTag);
  }

  async #dial(media: CallMedia): Promise<{ localTag: string; sdp: string }> {
    try {
      return await this.#leg.dial(media.description);
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      const { status, reason } = error;
      this.endAs(dialResult(status), `The call was not answered: ${status} ${reason}`.trim() + '.');
      throw error;
    }
  }

  #progressed(status: number, sdp: string): void {
    if (this.state !== 'dialling' || status < 180) return;
    if (this.times.ringingMs === undefined) {
      this.times.ringingMs = Date.now();
      this.link?.setAttributes({ 'sip.callStatus': 'ringing' });
    }
    if (!this.#order.earlyMedia || sdp.trim() === '') return;
    // What can't be taken now is judged when the answer comes.
    if (this.#media?.takeAnswer(sdp) === undefined) this.#media?.open();
  }

  /** Who is called, as LiveKit SIP tells it of a participant that it dials. */
  #callee(): CallerIdentity {
    const { trunk, to, from } = this.#order;
    const identity = callerIdentity({
      callId: this.id,
      sipCallId: '',
      trunk: trunk.name,
      callerUser: to,
      callerHost: trunk.outbound?.host ?? '',
      calledNumber: from,
      headers: {},
      inviteAtMs: this.times.startMs,
    });
    // Dispatch rules are for calls in.
    const attributes = Object.entries(identity.attributes).filter(
      ([name]) => name !== 'sip.ruleID',
    );
    return {
      ...identity,
      attributes: {
        ...Object.fromEntries(attributes),
        'sip.callStatus': 'dialing',
        [DIRECTION_ATTRIBUTE]: 'outbound',
      },
    };
  }
}
