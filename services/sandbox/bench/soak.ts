import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startLocalStack } from '../demo/setup.ts';
import { textTable } from '../demo/text-table.ts';
import { recordsOf } from '../e2e/calls.ts';
import { footprint, holdings, isNothing, untilNothingHeld } from '../stack/holdings.ts';
import { disposeObservers } from '../stack/observer.ts';
import type { Stack } from '../stack/stack.ts';
import { shortCall } from './soak-call.ts';
import { growthFaults, growthTable, lookAtProcesses } from './soak-growth.ts';

/**
 * Short calls by telephone, the last five at once, then a look for what is left: rooms, ports, jobs,
 * memory and open files. Flags: --calls 25 --at-once 1 --json FILE
 */

const LAST_AT_ONCE = 5;
const SETTLE_LIMIT_MS = 40_000;
/** Idle connections between our parts go after Node's five seconds; five calls at once leave as many. */
const KEPT_ALIVE_MS = 6_000;
/** So few calls tell nothing of growth: the first look needs some before it. */
const LEAST_CALLS = 10;

const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '25' },
    'at-once': { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const wanted = Number(flags.calls);
const atOnce = Number(flags['at-once']);
if (!Number.isInteger(wanted) || !Number.isInteger(atOnce) || wanted < 1 || atOnce < 1) {
  throw new Error(
    `--calls is "${flags.calls}" and --at-once "${flags['at-once']}": both must be whole numbers from 1 on`,
  );
}
const calls = Math.max(LEAST_CALLS, wanted);
const { stack } = await startLocalStack({
  name: 'soak',
  print: console.log,
  env: {
    agent: { AGENT_IDLE_PROCESSES: String(Math.max(LAST_AT_ONCE, atOnce)) },
    bridge: { BRIDGE_RTP_REST_MS: '1000' },
  },
});
const startMs = performance.now();
let placed = 0;
let right = 0;
let rightAtOnce = 0;
try {
  // The first calls open what stays open: connections to providers, spare job processes.
  await placeCalls(Math.ceil(calls / 10), atOnce);
  await settled(stack);
  const first = await lookAtProcesses(stack);
  const before = await footprint(stack);
  await placeCalls(calls - placed - LAST_AT_ONCE, atOnce);
  await placeCalls(LAST_AT_ONCE, LAST_AT_ONCE);
  const left = await settled(stack);
  const last = await lookAtProcesses(stack);
  const after = await footprint(stack);
  const records = recordsOf(stack, 'reach').filter(
    ({ result }) => result === 'agent-hangup' || result === 'caller-hangup',
  ).length;
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  const faults = growthFaults(first, last);
  const jobs = { before: before.agentChildren, after: after.agentChildren };
  if (jobs.after > jobs.before)
    faults.push(`job processes grew from ${jobs.before} to ${jobs.after}`);
  if (left) faults.push(`left behind: ${JSON.stringify(left)}`);
  if (records !== calls) faults.push(`${records} records of ${calls} calls`);
  console.log(
    `\n${right} of ${calls} answered rightly (${rightAtOnce} at the first question), ${records} records, ${seconds} s\n`,
  );
  console.log(textTable(growthTable(first, last)));
  console.log(`\n${faults.length === 0 ? 'Nothing has grown and nothing is left.' : ''}`);
  for (const fault of faults) console.log(`went wrong: ${fault}`);
  if (flags.json !== undefined) {
    const figures = {
      calls,
      right,
      rightAtOnce,
      records,
      seconds,
      first,
      last,
      jobs,
      left: left ?? null,
      faults,
    };
    await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  process.exitCode = faults.length === 0 && right === calls ? 0 : 1;
} finally {
  await stack.close();
  await disposeObservers();
}

/** Keep so many calls up until all have been placed. */
async function placeCalls(count: number, together: number): Promise<void> {
  let toDo = count;
  const caller = async () => {
    while (toDo-- > 0) await call(++placed);
  };
  await Promise.all(Array.from({ length: Math.min(count, together) }, caller));
}

async function call(number: number): Promise<void> {
  const title = `call ${number} of ${calls}`;
  try {
    const talk = await shortCall(stack, number % 2 === 0 ? 'caller' : 'agent');
    if (talk.right) right++;
    if (talk.questions === 1) rightAtOnce++;
    const often = talk.questions > 1 ? `, asked ${talk.questions} times` : '';
    console.log(`  ${title}: "${talk.answer}"${often}`);
  } catch (error) {
    console.log(`  ${title}: failed, ${(error as Error).message}`);
  }
}

/** Wait until no part holds anything. @returns what is still held when the time is over */
async function settled(stack: Stack): Promise<object | undefined> {
  const held = await untilNothingHeld(() => holdings(stack), SETTLE_LIMIT_MS);
  await delay(KEPT_ALIVE_MS);
  return isNothing(held) ? undefined : held;
}
