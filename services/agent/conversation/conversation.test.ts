import { afterEach, describe, expect, it } from 'vitest';
import {
  startTextConversation,
  type ModelAnswer,
  type Prompt,
  type TextConversation,
} from '../testing/text-conversation.ts';

let conversation: TextConversation;
afterEach(() => conversation.close());

/** A model that connects whoever speaks of the bank or of an outage, and else tells what it knows. */
function concierge(prompts: Prompt[]): (prompt: Prompt) => ModelAnswer {
  return (prompt) => {
    prompts.push(prompt);
    const { chatCtx, tools } = prompt;
    const heard = chatCtx.items.flatMap((item) =>
      item.type === 'message' && item.role === 'user' ? [item.textContent ?? ''] : [],
    );
    const last = heard.at(-1) ?? '';
    if (tools.includes('connect_to')) {
      const agent = /outage/.test(last) ? 'support' : 'bank';
      return /bank|balance|outage/.test(last)
        ? { call: 'connect_to', args: { agent } }
        : { say: 'What is it about?' };
    }
    return { say: `I heard: ${heard.join(' ')}` };
  };
}

describe('the concierge', () => {
  it('hands over to the bank, which knows what was said and greets nobody anew', async () => {
    const prompts: Prompt[] = [];
    conversation = await startTextConversation({ agent: 'concierge', model: concierge(prompts) });
    expect(await conversation.say('Hello, I am Ada.')).toEqual(['What is it about?']);
    expect(await conversation.say('About my balance.')).toEqual([
      'This is the bank.',
      'I heard: Hello, I am Ada. About my balance.',
    ]);
    expect(conversation.servedBy).toEqual(['concierge', 'bank']);
    const last = prompts.at(-1);
    expect(last?.tools).toContain('get_balance');
    expect(last?.tools).not.toContain('connect_to');
    // A call without a result is what providers of language models refuse.
    expect(last?.chatCtx.items.map(({ type }) => type)).not.toContain('function_call');
    expect(await conversation.say('And now?')).toEqual([
      'I heard: Hello, I am Ada. About my balance. And now?',
    ]);
  });

  it('hands over to the support desk', async () => {
    conversation = await startTextConversation({ agent: 'concierge', model: concierge([]) });
    await conversation.say('Is there an outage?');
    expect(conversation.servedBy).toEqual(['concierge', 'support']);
  });
});

it('a session that is closing, as when the worker stops, is asked to say nothing', async () => {
  conversation = await startTextConversation({ agent: 'bank', model: () => ({ say: 'Yes?' }) });
  await conversation.session.close();
  expect(() => {
    for (const key of '12#') conversation.onKey(key);
  }).not.toThrow();
});
