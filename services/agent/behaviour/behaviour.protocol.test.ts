import { dispose } from '@livekit/rtc-node';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startAgentStack, type AgentStack } from '../testing/agent-stack.ts';
import { play } from './play.ts';
import { BEHAVIOUR_SETS } from './sets.ts';

/** As many callers at once as vitest.config.ts allows. */
const AT_ONCE = 2;

let stack: AgentStack;
beforeAll(async () => {
  const customers = BEHAVIOUR_SETS.flatMap(({ callers }) =>
    callers.flatMap(({ customer }) => customer ?? []),
  );
  stack = await startAgentStack({ AGENT_IDLE_PROCESSES: String(AT_ONCE) }, { customers });
});
afterAll(async () => {
  await stack.close();
  await dispose();
});

describe.concurrent.each(BEHAVIOUR_SETS)('a caller of the agent $agent', (set) => {
  // Not by `it.for`, which cuts long names off.
  for (const caller of set.callers) {
    it(caller.who, async ({ expect }) => {
      expect(await play(stack, set, caller)).toEqual([]);
    });
  }
});
