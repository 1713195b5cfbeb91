import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startLocalStack } from '../demo/setup.ts';
import { BALANCE_MINOR, recordsOf, talkByPhone, type Conversation } from '../e2e/calls.ts';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { footprint, holdings, isNothing, untilNothingHeld } from '../stack/holdings.ts';
import { disposeObservers } from '../stack/observer.ts';
import type { Stack } from '../stack/stack.ts';

/** Twenty calls one after the other and five at once by the telephone, then a look for what is left. */

const ONE_AFTER_THE_OTHER = 20;
const AT_ONCE = 5;
const SETTLE_LIMIT_MS = 40_000;

const { values: flags } = parseArgs({ options: { json: { type: 'string' } } });
const { stack } = await startLocalStack({
  name: 'soak',
  print: console.log,
  env: {
    agent: { AGENT_IDLE_PROCESSES: String(AT_ONCE) },
    bridge: { BRIDGE_RTP_REST_MS: '1000' },
  },
});
try {
  // The first call opens what stays open: connections to providers, spare job processes.
  await talkByPhone(stack);
  await settled(stack);
  const before = await footprint(stack);
  let right = 0;
  let rightAtOnce = 0;
  const call = async (title: string) => {
    let conversation: Conversation;
    try {
      conversation = await talkByPhone(stack);
    } catch (error) {
      console.log(`  ${title}: failed, ${(error as Error).message}`);
      return;
    }
    const { answer, questions } = conversation;
    if (heardAmountMinor(answer) === BALANCE_MINOR) right++;
    if (questions === 1) rightAtOnce++;
    console.log(`  ${title}: "${answer}"${questions > 1 ? `, asked ${questions} times` : ''}`);
  };
  for (let n = 1; n <= ONE_AFTER_THE_OTHER; n++) {
    await call(`call ${n} of ${ONE_AFTER_THE_OTHER}`);
  }
  await Promise.all(Array.from({ length: AT_ONCE }, () => call(`one of ${AT_ONCE} at once`)));
  const left = await settled(stack);
  const after = await footprint(stack);
  const calls = ONE_AFTER_THE_OTHER + AT_ONCE;
  const records = recordsOf(stack, 'reach').filter(({ result }) => result === 'agent-hangup');
  const figures = { calls, right, rightAtOnce, records: records.length - 1, left, before, after };
  console.log(
    `\n${right} of ${calls} answered rightly (${rightAtOnce} at the first question), ${figures.records} records`,
  );
  console.log(`left in any part: ${left ? JSON.stringify(left) : 'nothing'}`);
  console.log(`open files of the bridge: ${before.bridgeFiles} before, ${after.bridgeFiles} after`);
  console.log(`job processes: ${before.agentChildren} before, ${after.agentChildren} after`);
  if (flags.json !== undefined) {
    await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
  const clean =
    left === undefined &&
    after.bridgeFiles <= before.bridgeFiles &&
    after.agentChildren <= before.agentChildren;
  process.exitCode = clean && right === calls && figures.records === calls ? 0 : 1;
} finally {
  await stack.close();
  await disposeObservers();
}

/** Wait until no part holds anything. @returns what is still held when the time is over */
async function settled(stack: Stack): Promise<object | undefined> {
  const held = await untilNothingHeld(() => holdings(stack), SETTLE_LIMIT_MS);
  return isNothing(held) ? undefined : held;
}
