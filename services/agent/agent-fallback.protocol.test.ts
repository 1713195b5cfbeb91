import { dispose } from '@livekit/rtc-node';
import { turnReportSchema } from '@patchbay/common/room-contract';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAgentStack, type AgentStack } from './testing/agent-stack.ts';
import { agentCaptions, askUntil, greeting, logged } from './testing/caller-steps.ts';
import type { TestCaller } from './testing/test-caller.ts';

const QUESTION = 'what is my account balance';
const ANSWER = /two thousand four hundred fifty dollars/;

let stack: AgentStack;
beforeAll(async () => {
  stack = await startAgentStack();
});
afterAll(async () => {
  await stack.close();
  await dispose();
});
afterEach(async () => {
  stack.providers.admin.faults.clear();
  await stack.hangUpAll();
});

const PAIRS = {
  deepgram: ['stt', 'whisper'],
  openai: ['llm', 'groq'],
  cartesia: ['tts', 'sarvam'],
} as const;

/** The answer to a question, as it was written for the caller, and how often its figure was said. */
async function answer(caller: TestCaller): Promise<{ said: string; times: number }> {
  const said = await askUntil(caller, QUESTION, 'the answer', () =>
    agentCaptions(caller).find((text) => ANSWER.test(text)),
  );
  return { said, times: said.match(new RegExp(ANSWER, 'g'))?.length ?? 0 };
}

describe('a provider that breaks during a call', () => {
  it.each([
    ['deepgram', 'hangs', { hang: true }, 'timeout'],
    ['openai', 'refuses its key', { status: 401 }, 'key-refused'],
    ['openai', 'has no room', { status: 429 }, 'rate-limited'],
    ['openai', 'hangs', { hang: true }, 'timeout'],
    ['openai', 'talks nonsense', { garbage: true }, undefined],
    ['cartesia', 'fails', { status: 500 }, 'failed'],
    ['cartesia', 'hangs', { hang: true }, 'timeout'],
    ['cartesia', 'breaks off', { cut: true }, 'cut'],
  ] as const)('%s %s: another takes over within the turn', async (provider, _, fault, reason) => {
    const [stage, to] = PAIRS[provider];
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    stack.providers.admin.faults.set({ provider, ...fault });
    const { times } = await answer(caller);
    expect(times).toBe(1);
    const switched = logged(stack, caller, 'provider switched');
    expect(switched[0]).toMatchObject({
      stage,
      from: provider,
      to,
      ...(reason === undefined ? {} : { reason }),
    });
    const report = await caller.until('the report of the turn', () =>
      caller.turns.find(({ switches }) => switches !== undefined),
    );
    expect(turnReportSchema.parse(report).switches?.[0]).toMatchObject({
      stage,
      from: provider,
      to,
    });
    const metrics = await (await fetch(`${stack.worker.opsUrl}/metrics`)).text();
    expect(metrics).toMatch(
      new RegExp(`patchbay_agent_provider_switches_total{stage="${stage}",from="${provider}"`),
    );
  });
});
