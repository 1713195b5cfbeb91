import type { CallContext } from './call-context.ts';
import type { CallerIdentity } from './room/caller.ts';
import type { RoomEvents, RoomLink } from './room/link.ts';

type StayContext = Pick<CallContext, 'engine' | 'rooms' | 'metrics' | 'livekitUrl' | 'token'>;

/** The time a call spends in its room, from before the join to after the room is deleted. */
export class RoomStay {
  readonly #context: StayContext;
  readonly #room: string;
  readonly #abort = new AbortController();
  #joining: Promise<RoomLink> | undefined;

  constructor(context: StayContext, room: string) {
    this.#context = context;
    this.#room = room;
  }

  /** @throws if the room can't be joined, or was left meanwhile */
  join(agent: string, caller: CallerIdentity, events: RoomEvents): Promise<RoomLink> {
    this.#context.metrics.roomOpened();
    this.#joining = this.#join(agent, caller, events);
    return this.#joining;
  }

  /**
   * Leave the room and delete it, so that its agent's job ends at once. A join that is under way is
   * waited for: deleted before it, the room would come into being after us. Never rejects.
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
    await this.#context.rooms.deleteRoom(this.#room);
    this.#context.metrics.roomClosed();
  }

  async #join(agent: string, caller: CallerIdentity, events: RoomEvents): Promise<RoomLink> {
    const { engine, livekitUrl, token } = this.#context;
    const options = {
      url: livekitUrl,
      token: await token(this.#room, agent, caller),
      trackName: caller.identity,
    };
    return engine.join(options, events, this.#abort.signal);
  }
}
