import { silentLogger } from '@patchbay/common/logger';
import { BALANCE_QUESTION, GOODBYE, hearGreeting } from '../demo/conversation.ts';
import { askUntil, tellsBalance } from '../e2e/calls.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { Telephone } from '../telephone/telephone.ts';

export interface ShortCall {
  answer: string;
  /** How often the caller had to ask. */
  questions: number;
  right: boolean;
}

/**
 * Greeting, one question, its answer, the end.
 * @param endedBy the agent hangs up after a goodbye, or the caller without one
 * @throws {PhoneError} when the call ends too early
 */
export async function shortCall(
  stack: Pick<Stack, 'sip'>,
  endedBy: 'agent' | 'caller',
): Promise<ShortCall> {
  const phone = await Telephone.open({ transport: 'udp', log: silentLogger() });
  try {
    const { bank: to, caller: from } = LOCAL_NUMBERS;
    const call = phone.call({ to, from, server: stack.sip });
    await call.answered;
    await hearGreeting(call);
    const { answer, questions } = await askUntil(call, BALANCE_QUESTION, tellsBalance);
    if (endedBy === 'agent') {
      await askUntil(call, GOODBYE, (heard) => heard.includes('goodbye'));
      await call.ended;
    } else await call.hangup();
    return { answer, questions, right: tellsBalance(answer) };
  } finally {
    await phone.close();
  }
}
