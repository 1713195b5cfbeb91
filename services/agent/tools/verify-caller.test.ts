import { silentLogger } from '@patchbay/common/logger';
import { startBank, type Bank } from '../../sandbox/bank/start-bank.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  startTextConversation,
  type ModelAnswer,
  type Prompt,
  type TextConversation,
} from '../testing/text-conversation.ts';

let bank: Bank;
let conversation: TextConversation;
const seen: string[] = [];
beforeEach(async () => {
  seen.length = 0;
  bank = await startBank({ host: '127.0.0.1', port: 0, log: silentLogger() });
  conversation = await startTextConversation({ agent: 'bank', model, bankApiUrl: bank.url });
});
afterEach(async () => {
  await conversation.close();
  await bank.close();
});

/** A model that verifies whoever wants it or answers, and says what a tool gave it to say. */
function model({ chatCtx }: Prompt): ModelAnswer {
  const last = chatCtx.items.at(-1);
  if (last?.type === 'function_call_output') {
    return { say: (JSON.parse(last.output) as { spoken: string }).spoken };
  }
  if (last?.type === 'message') seen.push(last.textContent ?? '');
  return { call: 'verify_caller' };
}

/** Press keys and wait for the answer. */
async function press(keys: string): Promise<string> {
  conversation.said.length = 0;
  for (const key of keys) conversation.onKey(key);
  await vi.waitFor(() => expect(conversation.said).not.toHaveLength(0), 5_000);
  return conversation.said.join(' ');
}

const QUESTION = 'Please key in or say the last four digits of your card.';

describe('a caller who is to be verified', () => {
  it('may key in the digits, which the model never sees', async () => {
    expect(await conversation.say('Verify me.')).toEqual([QUESTION]);
    expect(await press('4242')).toBe('thank you, you are verified');
    expect(seen.join(' ')).not.toMatch(/\d/);
  });

  it('may say them as well', async () => {
    await conversation.say('Verify me.');
    expect(await conversation.say('Four two four two.')).toEqual(['thank you, you are verified']);
  });

  it('may err twice, and is then refused even with the right digits', async () => {
    await conversation.say('Verify me.');
    expect(await press('1111#')).toMatch(/not right/);
    expect(await press('22#')).toMatch(/not right/);
    expect(await press('3333')).toMatch(/can not verify/);
    expect(await conversation.say('4242')).toEqual(['I can not verify you by phone']);
  });
});

describe('keys that nobody asked for', () => {
  it('are the caller’s words', async () => {
    await press('12#');
    expect(seen).toEqual(['1 2']);
  });
});
