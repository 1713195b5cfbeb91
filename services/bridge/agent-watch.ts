import type { Logger } from '@patchbay/common/logger';
import { AGENT_RETURN_MS, type TurnReport } from '@patchbay/common/room-contract';
import { AgentReports } from './agent-reports.ts';
import { outcomeOfRoomEnd, type Outcome } from './outcome.ts';
import type { RoomGone } from './room/link.ts';
import type { SeatRoomEvents } from './seats/seat.ts';
import type { Timers } from './timers.ts';

/** Time for the agent's goodbye between its announcement of the end and the end of the room. */
const GOODBYE_MS = 15_000;

export interface AgentWatchOptions {
  timers: Timers;
  log: Logger;
  /** The call is over: the agent has ended it, is gone for good, or its room is. */
  over: (outcome: Outcome) => void;
}

/** Watches over the agent in a call's room: that it comes, that it stays, and what it reports. */
export class AgentWatch {
  readonly #options: AgentWatchOptions;
  readonly #reports: AgentReports;
  readonly #heard = Promise.withResolvers<void>();

  constructor(options: AgentWatchOptions) {
    this.#options = options;
    this.#reports = new AgentReports(options.log);
  }

  /** Resolves when the agent could be heard. */
  get heard(): Promise<void> {
    return this.#heard.promise;
  }

  /** What the agent told of the turns of the talk. */
  get turns(): TurnReport[] {
    return this.#reports.turns;
  }

  /** What it wants to know of the room. */
  get events(): Pick<SeatRoomEvents, 'heard' | 'alone' | 'data' | 'gone'> {
    const { timers } = this.#options;
    return {
      heard: () => {
        timers.clear('alone');
        this.#heard.resolve();
      },
      alone: () => timers.set('alone', AGENT_RETURN_MS, () => this.#end('alone')),
      data: (topic, payload) => {
        const ending = this.#reports.end !== undefined;
        this.#reports.read(topic, payload);
        if (ending || !this.#reports.end) return;
        timers.set('goodbye', GOODBYE_MS, () => this.#end('alone'));
      },
      gone: (reason) => this.#end(reason),
    };
  }

  #end(gone: RoomGone | 'alone'): void {
    this.#options.over(outcomeOfRoomEnd(this.#reports.end, gone));
  }
}
