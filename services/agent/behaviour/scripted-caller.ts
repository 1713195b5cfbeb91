import type { Customer } from '@patchbay/sandbox/bank/ledger';
import type { EndReport } from '@patchbay/common/room-contract';
import type { Fact } from './facts.ts';

/** What a caller does once, and what has to come of it. */
export interface ScriptedTurn {
  /** The caller speaks, or presses keys. */
  does: { say: string } | { press: string };
  /** Tools that the agent has to call in this turn, in order, and no others. */
  calls: readonly string[];
  /** What has to be heard in the answer. */
  hears: readonly Fact[];
  /** What may not be. */
  neverHears?: readonly Fact[];
}

/** A caller with a plan. */
export interface ScriptedCaller {
  /** Completes "a caller …"; unique in its set. */
  who: string;
  /** Whose phone they call from; of somebody who is no customer of the bank if absent. */
  customer?: Customer;
  turns: readonly ScriptedTurn[];
  /** What the bank holds when the call is over. */
  cardAfterwards?: Customer['card']['status'];
  /** Who ends the call, and why; the caller hangs up if absent. */
  ends?: EndReport['cause'];
}

/** All callers of one agent. */
export interface BehaviourSet {
  agent: string;
  /** Which language its callers and its voice are heard in. */
  language: 'en' | 'hi';
  greeting: readonly Fact[];
  callers: readonly ScriptedCaller[];
}

/** What came of a turn. */
export interface TurnOutcome {
  tools: readonly string[];
  /** What a recogniser made of the answer's sound. */
  heard: string;
}

/** @returns what is wrong with it, a sentence each; none if the turn went as it has to */
export function faultsOf(turn: Omit<ScriptedTurn, 'does'>, outcome: TurnOutcome): string[] {
  const { tools, heard } = outcome;
  const faults: string[] = [];
  if (tools.join() !== turn.calls.join()) {
    faults.push(`called ${listOf(tools)}, which should have been ${listOf(turn.calls)}`);
  }
  for (const fact of turn.hears) {
    if (!fact.isIn(heard)) faults.push(`did not tell ${fact.what}, but “${heard}”`);
  }
  for (const fact of turn.neverHears ?? []) {
    if (fact.isIn(heard)) faults.push(`told ${fact.what}, which it never should: “${heard}”`);
  }
  return faults;
}

function listOf(tools: readonly string[]): string {
  return tools.length === 0 ? 'no tool' : tools.join(', ');
}
