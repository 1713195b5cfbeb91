import { afterEach, describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../agent-definition.ts';
import type { TransferOutcome } from '../phone/transfer.ts';
import { SAMPLE_AGENT } from '../testing/sample-agent.ts';
import {
  startTextConversation,
  type ModelAnswer,
  type Prompt,
  type TextConversation,
} from '../testing/text-conversation.ts';

let conversation: TextConversation | undefined;
afterEach(() => conversation?.close());

/** A model that transfers whoever says "human", and says what a tool gave it to say. */
function model({ chatCtx }: Prompt): ModelAnswer {
  const last = chatCtx.items.at(-1);
  if (last?.type === 'function_call_output') {
    return { say: (JSON.parse(last.output) as { spoken: string }).spoken };
  }
  const words = last?.type === 'message' ? (last.textContent ?? '') : '';
  return /human/.test(words) ? { call: 'transfer_call' } : { say: 'Yes?' };
}

async function ask(outcome: TransferOutcome): Promise<{ said: string[]; dialled: string[] }> {
  const dialled: string[] = [];
  conversation = await startTextConversation({
    agent: 'support',
    model,
    transfer: (to) => {
      dialled.push(to);
      return Promise.resolve(outcome);
    },
  });
  return { said: await conversation.say('I want a human.'), dialled };
}

describe('a caller who wants a human', () => {
  it('is told, and given to the number of the agent’s file', async () => {
    const { said, dialled } = await ask({ kind: 'done' });
    expect(said).toEqual(['I am connecting you with a colleague now.']);
    expect(dialled).toEqual(['+12025550150']);
  });

  it('hears that nobody answered, and the conversation goes on', async () => {
    const { said } = await ask({ kind: 'failed', status: 486 });
    expect(said.at(-1)).toMatch(/nobody could be reached/);
    expect(await conversation?.say('Never mind.')).toEqual(['Yes?']);
  });

  it('by the web page hears that only phone calls can be transferred', async () => {
    const { said } = await ask({ kind: 'not-a-phone' });
    expect(said.at(-1)).toMatch(/only by phone/);
  });
});

describe('transferTo in an agent’s file', () => {
  it('may be one number, or numbers by department', () => {
    const read = (transferTo: unknown) =>
      agentDefinitionSchema.parse({ ...SAMPLE_AGENT, transferTo }).transferTo;
    expect(read('+12025550150')).toEqual({ human: '+12025550150' });
    expect(read({ billing: '+12025550151', sales: '+12025550152' })).toEqual({
      billing: '+12025550151',
      sales: '+12025550152',
    });
    expect(read(undefined)).toBeUndefined();
  });

  it.each([
    ['a word', 'billing'],
    ['no department', {}],
    ['a wrong number', { billing: '555' }],
  ])('may not be %s', (_what, transferTo) => {
    expect(agentDefinitionSchema.safeParse({ ...SAMPLE_AGENT, transferTo }).success).toBe(false);
  });
});
