import { llm } from '@livekit/agents';
import { expect, it } from 'vitest';
import { chatForNext } from './handover.ts';

it('the next agent is told what was said and done, but of no tool that is still at work', () => {
  const chatCtx = llm.ChatContext.empty();
  chatCtx.addMessage({ role: 'system', content: 'You are the concierge.' });
  chatCtx.addMessage({ role: 'user', content: 'About my balance.' });
  const call = (callId: string, name: string) =>
    llm.FunctionCall.create({ callId, name, args: '{}' });
  chatCtx.insert([
    call('done', 'opening_hours'),
    llm.FunctionCallOutput.create({
      callId: 'done',
      name: 'opening_hours',
      output: '9 to 5',
      isError: false,
    }),
    call('open', 'connect_to'),
  ]);
  const told = chatForNext(chatCtx).items;
  expect(told.flatMap((item) => (item.type === 'function_call' ? [item.name] : []))).toEqual([
    'opening_hours',
  ]);
  expect(told.some((item) => item.type === 'message' && item.role === 'user')).toBe(true);
  expect(
    chatCtx.items.some((item) => item.type === 'function_call' && item.callId === 'open'),
  ).toBe(true);
});
