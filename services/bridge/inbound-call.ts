import { roomName } from '@patchbay/common/room-contract';
import { Call } from './call.ts';
import type { CallContext } from './call-context.ts';
import { callerIdentity, type CallerIdentity } from './room/caller.ts';
import type { SipLeg } from './sip/leg.ts';
import type { Route } from './sip/routing.ts';
import { readOffer, type Offer } from './sip/sdp.ts';

/** The SIP server is near: a 200 that it has not confirmed by then never went out. */
const ANSWER_MS = 10_000;

interface Admitted {
  route: Route;
  room: string;
  /** The caller's; without one we make ours. */
  offer: Offer | undefined;
}

/** A call that comes in: it rings until the agent is there, then it is answered. */
export class InboundCall extends Call {
  readonly #leg: SipLeg;

  constructor(context: CallContext, leg: SipLeg) {
    const { headers, receivedAtMs } = leg.invite;
    super(context, { leg, headers, startMs: receivedAtMs });
    this.#leg = leg;
  }

  protected override hungUp(): void {
    this.endAs('caller-hangup', 'The caller hung up.');
  }

  protected override async setUp(): Promise<void> {
    const admitted = this.#admit();
    const { route, room, offer } = admitted;
    const media = await this.allocate(offer, route);
    const link = await this.join(room, route.agent, this.#caller(route));

    this.enter('ringing');
    this.times.ringingMs = Date.now();
    this.#leg.ring();
    await this.awaitAgent(link);

    this.enter('answering');
    if (offer) media.open();
    this.timers.set('answer', ANSWER_MS, () =>
      this.endAs('internal-error', 'The SIP server did not confirm our answer.'),
    );
    const { localTag } = await this.step(this.#leg.answer(media.description));
    this.timers.set('answer', ANSWER_MS, () =>
      this.endAs('ack-timeout', 'Our offer was never answered.'),
    );
    if (!offer) {
      // Before it nobody knows the keys of what comes.
      this.takeAnswer(media, await this.step(this.remoteAnswer));
      media.open();
    }

    this.goActive(media, link, localTag);
    this.context.metrics.answered((Date.now() - this.times.startMs) / 1_000, this.id);
  }

  /** Check what can be checked before anything is taken. @throws CallOver when refused */
  #admit(): Admitted {
    const { invite } = this.#leg;
    this.log.info(
      {
        callerNumber: invite.callerUser,
        calledNumber: invite.calledUser,
        transport: invite.transport,
        peer: invite.peer,
      },
      'call came in',
    );
    if (invite.malformed !== undefined) {
      return this.refuse('rejected-bad-request', `Bad INVITE: ${invite.malformed}.`);
    }
    const refusal = this.context.refusal();
    if (refusal) return this.refuse(refusal.result, refusal.detail);
    const route = this.context.route(invite.trunks, invite.calledUser);
    if (!route) return this.refuse('rejected-unknown-number', 'No trunk has the called number.');
    const room = roomName('reach', route.agent, this.id);
    this.place = { agent: route.agent, trunk: route.trunk, room };
    this.log = this.log.child(this.place);
    this.takePlace(route.trunk);
    this.takeAgent();
    if (invite.offer.trim() === '') return { route, room, offer: undefined };
    const offer = readOffer(invite.offer, route, this.context.addressFamily);
    if ('kind' in offer) {
      const result = offer.kind === 'malformed' ? 'rejected-bad-request' : 'rejected-no-codec';
      return this.refuse(result, `The SDP offer was not taken: ${offer.problem}.`);
    }
    return { route, room, offer };
  }

  #caller(route: Route): CallerIdentity {
    const { invite } = this.#leg;
    return callerIdentity({
      callId: this.id,
      sipCallId: invite.sipCallId,
      trunk: route.trunk,
      callerUser: invite.callerUser,
      callerHost: invite.callerHost,
      calledNumber: route.number,
      headers: invite.headers,
      inviteAtMs: invite.receivedAtMs,
    });
  }
}
