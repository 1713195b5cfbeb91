import type { CallContext } from './call-context.ts';
import type { CallLife } from './call-life.ts';
import { CallMedia, type CallMediaEvents } from './media.ts';
import { RoomStay } from './room-stay.ts';
import type { CallerIdentity } from './room/caller.ts';
import type { MediaSeat, SeatRoom, SeatRoomEvents } from './seats/seat.ts';
import type { MediaTerms, Offer } from './sip/sdp.ts';

/** What one call takes of the bridge, in this order. Its life gives all of it back. */
export class CallHoldings {
  readonly #callId: string;
  readonly #context: CallContext;
  readonly #life: CallLife;
  #seat: MediaSeat | undefined;

  constructor(callId: string, context: CallContext, life: CallLife) {
    this.#callId = callId;
    this.#context = context;
    this.#life = life;
  }

  /** Count the call in its trunk. @returns the limit that is reached, if one is */
  takePlace(trunk: string): 'calls at once' | 'calls per second' | undefined {
    const place = this.#context.places.take(trunk);
    if (typeof place !== 'function')
      return place === 'calls' ? 'calls at once' : 'calls per second';
    this.#life.owned.hold('place in the trunk', place);
    return undefined;
  }

  /** Hold a place of an agent, so that no call after this one is promised the same. */
  takeAgent(): void {
    const giveBack = this.#context.agents?.take(this.#callId);
    if (giveBack) this.#life.owned.hold('place of an agent', giveBack);
  }

  /**
   * Bind a port and make the media for it.
   * @param offer the far end's; without one we make ours
   * @throws CallOver if the call has ended meanwhile; NoFreePortError
   */
  async takePort(
    offer: Offer | undefined,
    terms: MediaTerms,
    events: CallMediaEvents,
  ): Promise<CallMedia> {
    const { owned } = this.#life;
    const acquiring = this.#context.seats.acquire();
    const lease = await this.#life.step(owned.take('port', acquiring, (taken) => taken.release()));
    const { advertisedAddress, limits } = this.#context;
    const media = new CallMedia({
      offer,
      terms,
      seat: lease.pair,
      advertisedAddress,
      startTimeoutMs: limits.mediaStartTimeoutMs,
      timeoutMs: limits.mediaTimeoutMs,
      events,
    });
    owned.hold('media', () => media.close());
    this.#seat = lease.pair;
    return media;
  }

  /** Join the room. @throws CallOver if the call has ended meanwhile; if the room can't be joined */
  takeRoom(
    room: string,
    agent: string,
    caller: CallerIdentity,
    events: SeatRoomEvents,
  ): Promise<SeatRoom> {
    if (!this.#seat) throw new Error('a call needs its port before its room');
    const stay = new RoomStay(this.#context, room, this.#seat);
    this.#life.owned.hold('room', () => stay.leave());
    return this.#life.step(stay.join(agent, caller, events));
  }
}
