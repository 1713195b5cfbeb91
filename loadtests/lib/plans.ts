import type { CallOrder } from '../driver/plan.ts';
import { TARGET } from './target.ts';

type Door = CallOrder['door'];
type Sentence = Extract<NonNullable<CallOrder['steps']>[number], { do: 'say' }>;

const { agent, balanceMinor } = TARGET;

const askBalance: Sentence = {
  do: 'say',
  text: 'what is my account balance',
  expect: balanceMinor === undefined ? { that: 'amount' } : { that: 'amount', minor: balanceMinor },
};
const goodbye: Sentence = {
  do: 'say',
  text: 'thank you goodbye',
  expect: { that: 'words', words: 'goodbye' },
};

/** Ask for the balance, say goodbye, and let the agent hang up. */
export function balanceCall(door: Door): CallOrder {
  return { door, agent, steps: [askBalance, goodbye], hangUp: 'agent' };
}

/** Ask for the balance so often, then hang up without a goodbye: turns for little time. */
export function questions(door: Door, count: number): CallOrder {
  return { door, agent, steps: Array.from({ length: count }, () => askBalance), hangUp: 'steps' };
}

/** Speak into the greeting. */
export function bargeInCall(door: Door): CallOrder {
  return { door, agent, steps: [{ ...askBalance, bargeInMs: 800 }, goodbye], hangUp: 'agent' };
}

/** Say nothing for a while before the question. */
export function hesitantCall(door: Door): CallOrder {
  return { door, agent, steps: [{ do: 'silence', ms: 3_000 }, askBalance], hangUp: 'steps' };
}

/** Press keys before the question, and take them back with `*`: else the agent would answer them. */
export function keyCall(): CallOrder {
  return { door: 'phone', agent, steps: [{ do: 'keys', digits: '12*' }, askBalance] };
}

/** Give up while it rings, or in the middle of the greeting. */
export function earlyHangUp(door: Door): CallOrder {
  return { door, agent, hangUp: door === 'phone' ? 'ringing' : 'greeting' };
}

/** Callers as they come: most ask and say goodbye, some interrupt, hesitate, press keys or give up. */
export function anyCall(door: Door, index: number): CallOrder {
  switch (index % 6) {
    case 1:
      return bargeInCall(door);
    case 3:
      return door === 'phone' ? keyCall() : hesitantCall(door);
    case 5:
      return earlyHangUp(door);
    default:
      return balanceCall(door);
  }
}
