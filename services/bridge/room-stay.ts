import type { CallContext } from './call-context.ts';
import type { CallerIdentity } from './room/caller.ts';
import type { RoomGone } from './room/link.ts';
import type { MediaSeat, SeatRoom, SeatRoomEvents } from './seats/seat.ts';

type StayContext = Pick<CallContext, 'rooms' | 'metrics' | 'livekitUrl' | 'token'>;

/** The time a call spends in its room, from before the join to after the room is deleted. */
export class RoomStay {
  readonly #context: StayContext;
  readonly #room: string;
  readonly #seat: Pick<MediaSeat, 'join'>;
  readonly #abort = new AbortController();
  #deleted = false;
  #joining: Promise<SeatRoom> | undefined;

  constructor(context: StayContext, room: string, seat: Pick<MediaSeat, 'join'>) {
    this.#context = context;
    this.#seat = seat;
    this.#room = room;
  }

  /** @throws if the room can't be joined, or was left meanwhile */
  join(agent: string, caller: CallerIdentity, events: SeatRoomEvents): Promise<SeatRoom> {
    this.#context.metrics.roomOpened();
    this.#joining = this.#join(agent, caller, events);
    return this.#joining;
  }

  /**
   * Leave the room and delete it, so that its agent's job ends at once. A join that is under way is
   * waited for: deleted before it, the room would come into being after us. One that was deleted
   * already is let be: LiveKit's DeleteRoom makes a room that is not there first, and sends an agent
   * into it. Never rejects.
   */
  async leave(): Promise<void> {
    if (!this.#joining) return;
    this.#abort.abort();
    try {
      const link = await this.#joining;
      await link.leave();
    } catch {
      // Not joined; the room may have been made all the same.
    }
    if (!this.#deleted) await this.#context.rooms.deleteRoom(this.#room);
    this.#context.metrics.roomClosed();
  }

  async #join(agent: string, caller: CallerIdentity, events: SeatRoomEvents): Promise<SeatRoom> {
    const { livekitUrl, token } = this.#context;
    const options = {
      url: livekitUrl,
      token: await token(this.#room, agent, caller),
      trackName: caller.identity,
      room: this.#room,
    };
    const gone = (reason: RoomGone) => {
      this.#deleted = reason === 'deleted';
      events.gone(reason);
    };
    return this.#seat.join(options, { ...events, gone }, this.#abort.signal);
  }
}
