import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '@patchbay/common/logger';
import { BALANCE_QUESTION } from '../demo/conversation.ts';
import { speak } from '../speech/espeak.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { tellWords } from '../stack/told-words.ts';
import type { PhoneCall } from '../telephone/phone-call.ts';
import { Telephone } from '../telephone/telephone.ts';
import { familyOf, usageOf } from './process-usage.ts';

const TURNS = 3;
const LINE_RATE_HZ = 8_000;
/** Below this all spare processes have started: one that starts takes a whole core. */
const REST_CORES = 0.5;
const LOOK_SEC = 3;
const REST_TIMEOUT_MS = 60_000;

/** What the agent's processes took while so many callers talked at once. */
export interface AgentCost {
  calls: number;
  /** What the calls add to that of the processes at rest. */
  cpuSecPerCallMinute: number;
  /** Worker and spare jobs, of which there are as many as the bench needs at once. */
  restCpuSecPerMinute: number;
  /** Worker, jobs and spare jobs together, with the calls up. */
  rssMb: number;
  /** The same before them. */
  restMb: number;
}

/**
 * Place the calls, let each ask some questions, and look at the agent's processes. Callers take any
 * answer for the right one: to recognise what they hear would take the processors from the agent.
 *
 * @throws PhoneError when the machine does not carry so many: a caller was not answered, or heard nothing
 */
export async function costOfCalls(stack: Stack, count: number): Promise<AgentCost> {
  const { pid } = stack.service('agent');
  const phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log: silentLogger() });
  try {
    const rest = await atRest(pid);
    const question = await speak(BALANCE_QUESTION, { sampleRateHz: LINE_RATE_HZ });
    await tellWords(stack, BALANCE_QUESTION);
    const calls = Array.from({ length: count }, () => {
      const { bank: to, caller: from } = LOCAL_NUMBERS;
      return phone.call({ to, from, server: stack.sip });
    });
    await Promise.all(calls.map(async (call) => (await call.answered, call.nextUtterance())));
    const before = await usageOf(pid);
    const startedMs = performance.now();
    await Promise.all(calls.map((call) => talk(call, question)));
    const minutes = (performance.now() - startedMs) / 60_000;
    const after = await usageOf(pid);
    await Promise.all(calls.map((call) => call.hangup()));
    return {
      calls: count,
      cpuSecPerCallMinute: Number(
        (
          (after.cpuSec - before.cpuSec - rest.cpuSecPerMinute * minutes) /
          (count * minutes)
        ).toFixed(2),
      ),
      restCpuSecPerMinute: Number(rest.cpuSecPerMinute.toFixed(2)),
      rssMb: Math.round(after.rssMb),
      restMb: Math.round(rest.rssMb),
    };
  } finally {
    await phone.close();
  }
}

async function talk(call: PhoneCall, question: Int16Array): Promise<void> {
  for (let n = 0; n < TURNS; n++) {
    const { lastLoudAtMs } = await call.play(question);
    await call.nextUtterance({ afterMs: lastLoudAtMs });
  }
}

/**
 * Wait until processes that take the place of those whose calls are over have started.
 * @returns what all take then
 * @throws Error in time-out
 */
async function atRest(pid: number): Promise<{ cpuSecPerMinute: number; rssMb: number }> {
  const untilMs = performance.now() + REST_TIMEOUT_MS;
  while (performance.now() < untilMs) {
    const [membersBefore, before] = [await familyOf(pid), await usageOf(pid)];
    await delay(LOOK_SEC * 1_000);
    const [members, now] = [await familyOf(pid), await usageOf(pid)];
    // What a process has taken leaves the sum with it.
    if (String(members) !== String(membersBefore)) continue;
    const cores = (now.cpuSec - before.cpuSec) / LOOK_SEC;
    if (cores < REST_CORES) return { cpuSecPerMinute: cores * 60, rssMb: now.rssMb };
  }
  throw new Error(`the agent's processes were not at rest within ${REST_TIMEOUT_MS / 1_000} s`);
}
