import { silentLogger } from '@patchbay/common/logger';
import { ask, BALANCE_QUESTION, hearGreeting } from '../demo/conversation.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { tellWords } from '../stack/told-words.ts';
import { Telephone } from '../telephone/telephone.ts';
import { usageOf } from './process-usage.ts';

const TURNS = 3;

/** What the agent's processes took while so many callers talked at once. */
export interface AgentCost {
  calls: number;
  cpuSecPerCallMinute: number;
  /** Worker, jobs and spare jobs together, with the calls up. */
  rssMb: number;
  /** The same before them. */
  restMb: number;
}

/** Place the calls, let each ask some questions, and look at the agent's processes. */
export async function costOfCalls(stack: Stack, count: number): Promise<AgentCost> {
  const { pid } = stack.service('agent');
  const phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log: silentLogger() });
  try {
    const rest = await usageOf(pid);
    await tellWords(stack, BALANCE_QUESTION);
    const calls = Array.from({ length: count }, () => {
      const { bank: to, caller: from } = LOCAL_NUMBERS;
      return phone.call({ to, from, server: stack.sip });
    });
    await Promise.all(calls.map(async (call) => (await call.answered, hearGreeting(call))));
    const before = await usageOf(pid);
    const startedMs = performance.now();
    await Promise.all(
      calls.map(async (call) => {
        for (let n = 0; n < TURNS; n++) await ask(call, BALANCE_QUESTION);
      }),
    );
    const minutes = (performance.now() - startedMs) / 60_000;
    const after = await usageOf(pid);
    await Promise.all(calls.map((call) => call.hangup()));
    return {
      calls: count,
      cpuSecPerCallMinute: Number(((after.cpuSec - before.cpuSec) / (count * minutes)).toFixed(2)),
      rssMb: Math.round(after.rssMb),
      restMb: Math.round(rest.rssMb),
    };
  } finally {
    await phone.close();
  }
}
