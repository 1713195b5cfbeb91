import { dispose } from '@livekit/rtc-node';
import { defineGrammar } from '@patchbay/sandbox/speech/grammar';
import { recognize } from '@patchbay/sandbox/speech/pocketsphinx';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAgentStack, type AgentStack } from './testing/agent-stack.ts';
import { agentCaptions, askUntil, ended, greeting, logged } from './testing/caller-steps.ts';
import type { TestCaller } from './testing/test-caller.ts';

const QUESTION = 'what is my account balance';
const APOLOGY = "sorry i can't help you right now please call again later goodbye";
const apologyGrammar = defineGrammar(
  'apology',
  `public <sentence> = ${APOLOGY} | your account balance is two thousand four hundred fifty dollars | welcome to the bank how can i help you;`,
);

let stack: AgentStack;
beforeAll(async () => {
  // Short, so that a silent provider is found out within a test.
  stack = await startAgentStack({ AGENT_REPLY_LIMIT_MS: '2000' });
});
afterAll(async () => {
  await stack.close();
  await dispose();
});
afterEach(async () => {
  stack.providers.admin.faults.clear();
  await stack.hangUpAll();
});

describe('a provider that refuses its key', () => {
  it.each([
    ['deepgram', 'stt', 'DEEPGRAM_API_KEY'],
    ['cartesia', 'tts', 'CARTESIA_API_KEY'],
    ['openai', 'llm', 'OPENAI_API_KEY'],
  ] as const)(
    '%s: the caller hears an apology and the call ends',
    async (provider, stage, variable) => {
      stack.providers.admin.faults.set({ provider, status: 401 });
      const caller = await stack.join({ agent: 'bank', kind: 'web' });
      if (provider === 'openai') {
        await greeting(caller);
        await askInVain(caller);
      }
      await expectApology(caller);
      expect(logged(stack, caller, 'provider failed')).toEqual([
        expect.objectContaining({ provider, stage, variable, kind: 'key-refused' }),
      ]);
    },
  );
});

describe('a provider that', () => {
  it('fails every time ends the call with an apology', async () => {
    stack.providers.admin.faults.set({ provider: 'openai', status: 500 });
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    await askInVain(caller);
    await expectApology(caller);
    expect(logged(stack, caller, 'provider failed')[0]).toMatchObject({
      provider: 'openai',
      kind: 'failed',
    });
  });

  it.each([
    ['openai', 'llm'],
    ['cartesia', 'tts'],
  ] as const)('never answers (%s) ends the call with an apology', async (provider, stage) => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    stack.providers.admin.faults.set({ provider, hang: true });
    await askInVain(caller);
    await expectApology(caller);
    expect(logged(stack, caller, 'provider failed')[0]).toMatchObject({ provider, stage });
  });

  it('fails once is tried again', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    stack.providers.admin.faults.set({ provider: 'openai', status: 500, times: 1 });
    // Once the question has met the fault, the answer must come without being asked for again.
    await askUntil(caller, QUESTION, 'the question to meet the fault', () =>
      stack.providers.admin.faults.list().length === 0 ? true : undefined,
    );
    await caller.until('the answer', () =>
      agentCaptions(caller).find((text) => /two thousand four hundred fifty/.test(text)),
    );
    await caller.hangUp();
    await ended(stack, caller);
  });
});

/** Ask something that the agent, whose provider is broken, can only end the call over. */
async function askInVain(caller: TestCaller): Promise<void> {
  await askUntil(caller, QUESTION, 'the end of the call to be announced', () => caller.ends[0]);
}

async function expectApology(caller: TestCaller): Promise<void> {
  await caller.disconnected;
  expect(caller.captions.at(-1)?.text).toMatch(/^Sorry, I can't help you right now/);
  expect(await recognize(caller.lastUtterance(), apologyGrammar)).toBe(APOLOGY);
  expect(caller.ends).toEqual([{ cause: 'provider-failure' }]);
  await ended(stack, caller);
}
