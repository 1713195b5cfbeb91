import type { AgentSummary, EndReport, TurnReport } from '@patchbay/common/room-contract';

/** LiveKit takes at most 64 KB of attributes; the agent has a few others. */
const MOST_BYTES = 48_000;

/**
 * What an agent reported in a call, for doors that are not in the room to hear it. Of a very long call
 * the first turns are left out.
 */
export class SummaryOfCall {
  readonly #turns: TurnReport[] = [];
  #end: EndReport | undefined;

  addTurn(turn: TurnReport): void {
    this.#turns.push(turn);
  }

  setEnd(end: EndReport): void {
    this.#end = end;
  }

  /** @returns undefined if there is nothing to tell */
  get json(): string | undefined {
    if (this.#turns.length === 0 && !this.#end) return undefined;
    for (let from = 0; ; from = Math.ceil((from + this.#turns.length) / 2)) {
      const turns = this.#turns.slice(from);
      const summary: AgentSummary = { turns, ...(this.#end ? { end: this.#end } : {}) };
      const text = JSON.stringify(summary);
      if (Buffer.byteLength(text) <= MOST_BYTES || turns.length === 0) return text;
    }
  }
}
