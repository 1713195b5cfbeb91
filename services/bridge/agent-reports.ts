import type { Logger } from '@patchbay/common/logger';
import {
  END_TOPIC,
  TURN_TOPIC,
  endReportSchema,
  turnReportSchema,
  type EndReport,
  type TurnReport,
} from '@patchbay/common/room-contract';

/** A call of a day with a turn every 20 s; beyond it only the first ones are kept. */
const MOST_TURNS = 5_000;
const MOST_BYTES = 16_384;

/** What the agent says about the call in data packets: each turn, and why it ends. */
export class AgentReports {
  readonly turns: TurnReport[] = [];
  readonly #log: Logger;
  #end: EndReport | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Why the agent ends the call; undefined if it has not said so. */
  get end(): EndReport | undefined {
    return this.#end;
  }

  /** Read a data packet of the room; those of other topics are ignored. Never throws. */
  read(topic: string, payload: Uint8Array): void {
    if (topic !== TURN_TOPIC && topic !== END_TOPIC) return;
    try {
      if (payload.length > MOST_BYTES) throw new Error(`${payload.length} bytes are too many`);
      const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
      if (topic === END_TOPIC) this.#end ??= endReportSchema.parse(value);
      else this.#addTurn(turnReportSchema.parse(value));
    } catch (error) {
      this.#log.warn({ err: error, topic }, 'a report of the agent can not be read');
    }
  }

  #addTurn(turn: TurnReport): void {
    if (this.turns.length < MOST_TURNS) this.turns.push(turn);
  }
}
