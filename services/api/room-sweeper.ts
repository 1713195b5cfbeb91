import type { Logger } from '@patchbay/common/logger';
import { parseRoomName, roomNameForLogs } from '@patchbay/common/room-contract';
import { pause, reasonOf } from '@patchbay/common/retry';
import type { RoomEvent } from './livekit/events.ts';

/** What the sweeper does with LiveKit. Each may reject if LiveKit does not answer. */
export interface RoomList {
  /** @returns those of the names that LiveKit still lists */
  listed(names: string[]): Promise<string[]>;
  isEmpty(room: string): Promise<boolean>;
  /** Take a room off the list without sending an agent into it. */
  remove(room: string): Promise<void>;
}

export interface RoomSweeperOptions {
  list: RoomList;
  log: Logger;
  /** A room was taken off the list. */
  swept: () => void;
}

/** After that time LiveKit has closed what it closes by itself. */
const LOOK_AFTER_MS = 10_000;
/** Five minutes. */
const MOST_LOOKS = 30;

interface Finished {
  dueAtMs: number;
  looks: number;
}

/**
 * Takes rooms off LiveKit's list that are over. A room that is deleted while somebody joins it is
 * written back by LiveKit (1.13: the join stores the row it read before), and then nobody ever
 * removes it. LiveKit tells when a room ends; a while later this asks whether it is still listed.
 */
export class RoomSweeper {
  readonly #options: RoomSweeperOptions;
  readonly #finished = new Map<string, Finished>();
  readonly #stop = new AbortController();
  #sweeping: Promise<void> | undefined;

  constructor(options: RoomSweeperOptions) {
    this.#options = options;
  }

  /** Rooms to be looked for. */
  get waiting(): number {
    return this.#finished.size;
  }

  handle(event: RoomEvent): void {
    const name = event.room?.name;
    // Others may use the same LiveKit; their rooms are none of our business.
    if (event.event !== 'room_finished' || !name || !parseRoomName(name)) return;
    this.#finished.set(name, { dueAtMs: performance.now() + LOOK_AFTER_MS, looks: 0 });
    this.#sweeping ??= this.#sweep();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#sweeping;
  }

  /** Never rejects. */
  async #sweep(): Promise<void> {
    while (this.#finished.size > 0 && !this.#stop.signal.aborted) {
      const dueAtMs = Math.min(...[...this.#finished.values()].map((room) => room.dueAtMs));
      await pause(Math.max(0, dueAtMs - performance.now()), this.#stop.signal);
      if (!this.#stop.signal.aborted) await this.#look();
    }
    this.#sweeping = undefined;
  }

  /** One request for all that are due. */
  async #look(): Promise<void> {
    const nowMs = performance.now();
    const due = [...this.#finished].filter(([, { dueAtMs }]) => dueAtMs <= nowMs);
    if (due.length === 0) return;
    for (const [, room] of due) {
      room.dueAtMs = nowMs + LOOK_AFTER_MS;
      room.looks += 1;
    }
    const { list, log, swept } = this.#options;
    try {
      const listed = new Set(await list.listed(due.map(([name]) => name)));
      for (const [name, room] of due) {
        if (!listed.has(name)) this.#forget(name, room);
        // One that somebody is in ends once more, or is empty when it is looked at again.
        else if (await list.isEmpty(name)) {
          await list.remove(name);
          swept();
          log.info({ room: roomNameForLogs(name) }, 'LiveKit listed a room that is over; removed');
        }
      }
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'rooms that are over could not be looked for');
    }
    for (const [name, room] of due) if (room.looks >= MOST_LOOKS) this.#forget(name, room);
  }

  /** Unless it ended once more meanwhile. */
  #forget(name: string, room: Finished): void {
    if (this.#finished.get(name) === room) this.#finished.delete(name);
  }
}
