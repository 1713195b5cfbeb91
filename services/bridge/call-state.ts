/**
 * The states of a call, in order. Every state may be followed by `ending`, which is entered in
 * one place of call-life.ts and nowhere else.
 */
export type CallState =
  /** The INVITE is being checked. */
  | 'new'
  /** A port pair is being bound. */
  | 'allocating'
  /** The LiveKit room is being joined. */
  | 'joining'
  /** The caller hears ringing; the agent is on its way. */
  | 'ringing'
  /** A call out: the agent is on its way, nobody's phone rings yet. */
  | 'summoning'
  /** A call out: the phone is being called. */
  | 'dialling'
  /** The agent is there; our 200 OK is being sent. */
  | 'answering'
  /** Both hear each other. */
  | 'active'
  /** Everything is being given back. */
  | 'ending'
  | 'ended';

const NEXT: Readonly<Record<CallState, readonly CallState[]>> = {
  new: ['allocating', 'ending'],
  allocating: ['joining', 'ending'],
  joining: ['ringing', 'summoning', 'ending'],
  summoning: ['dialling', 'ending'],
  dialling: ['active', 'ending'],
  ringing: ['answering', 'ending'],
  answering: ['active', 'ending'],
  active: ['ending'],
  ending: ['ended'],
  ended: [],
};

/** @returns `to` @throws if a call can't go from the one state to the other */
export function nextState(from: CallState, to: CallState): CallState {
  if (!NEXT[from].includes(to)) throw new Error(`a call can not go from ${from} to ${to}`);
  return to;
}
