import { dispose } from '@livekit/rtc-node';
import { defineGrammar } from '@patchbay/sandbox/speech/grammar';
import { recognize } from '@patchbay/sandbox/speech/pocketsphinx';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Providers } from '@patchbay/sandbox/providers/start-providers';
import { startAgentStack, type AgentStack } from './testing/agent-stack.ts';
import { askUntil, ended, greeting, logged } from './testing/caller-steps.ts';
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

/** All who can do a stage, with the variable of each one's key. */
const STAGES = {
  stt: { deepgram: 'DEEPGRAM_API_KEY', whisper: 'OPENAI_API_KEY' },
  llm: { openai: 'OPENAI_API_KEY', groq: 'GROQ_API_KEY' },
  tts: { cartesia: 'CARTESIA_API_KEY', sarvam: 'SARVAM_API_KEY' },
} as const;

function breakStage(
  stage: keyof typeof STAGES,
  fault: Omit<Parameters<Providers['admin']['faults']['set']>[0], 'provider'>,
): void {
  for (const provider of Object.keys(STAGES[stage])) {
    stack.providers.admin.faults.set({ ...fault, provider: provider as 'openai' });
  }
}

describe('a stage of which all providers', () => {
  it.each(['stt', 'llm', 'tts'] as const)(
    'refuse their keys (%s): the caller hears an apology and the call ends',
    async (stage) => {
      breakStage(stage, { status: 401 });
      const caller = await stack.join({ agent: 'bank', kind: 'web' });
      if (stage !== 'tts') {
        await greeting(caller);
        await askInVain(caller);
      }
      await expectApology(caller);
      const failed = logged(stack, caller, 'provider failed');
      expect(
        failed.map(({ provider, stage, variable, kind }) => [stage, provider, variable, kind]),
      ).toEqual(
        Object.entries(STAGES[stage]).map(([provider, variable]) => [
          stage,
          provider,
          variable,
          'key-refused',
        ]),
      );
    },
  );

  it.each(['llm', 'tts'] as const)(
    'never answer (%s): the caller hears an apology and the call ends',
    async (stage) => {
      const caller = await stack.join({ agent: 'bank', kind: 'web' });
      await greeting(caller);
      breakStage(stage, { hang: true });
      await askInVain(caller);
      await expectApology(caller);
      expect(logged(stack, caller, 'provider failed')[0]).toMatchObject({ stage });
    },
  );
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
