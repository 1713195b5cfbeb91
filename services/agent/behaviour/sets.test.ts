import { describe, expect, it } from 'vitest';
import { loadAgents } from '../agent-registry.ts';
import { startTextConversation } from '../testing/text-conversation.ts';
import { BEHAVIOUR_SETS } from './sets.ts';

describe('the scripted callers', () => {
  it('call every agent that comes with this service', async () => {
    const agents = [...(await loadAgents()).keys()].sort();
    expect(BEHAVIOUR_SETS.map(({ agent }) => agent).sort()).toEqual(agents);
  });

  it('are customers of their own, so that none changes what another one is told', () => {
    const phones = BEHAVIOUR_SETS.flatMap(({ callers }) =>
      callers.flatMap(({ customer }) => customer?.phone ?? []),
    );
    expect(new Set(phones).size).toBe(phones.length);
  });

  it.each(BEHAVIOUR_SETS)('of $agent have each of its tools called', async ({ agent, callers }) => {
    let offered: readonly string[] = [];
    const conversation = await startTextConversation({
      agent,
      model: ({ tools }) => {
        offered = tools;
        return { say: 'Hello.' };
      },
    });
    await conversation.say('Hello.');
    await conversation.close();
    const called = new Set(callers.flatMap(({ turns }) => turns.flatMap(({ calls }) => calls)));
    expect(offered.length).toBeGreaterThan(0);
    expect(offered.filter((tool) => !called.has(tool))).toEqual([]);
  });

  it.each(BEHAVIOUR_SETS)('of $agent also want what it has no tool for', ({ callers }) => {
    const turns = callers.flatMap((caller) => caller.turns);
    expect(turns.some(({ calls }) => calls.length === 0)).toBe(true);
  });
});
